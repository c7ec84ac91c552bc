/** What a request ended as. Being without network is a state of the field, not an exception. */

import type { ApiProblem } from '@/lib/problem'

export type { ApiProblem } from '@/lib/problem'

export type Answer<T> =
  | { kind: 'ok'; status: number; body: T }
  /** The service refused; `retryAfter` in seconds, where it named one. */
  | { kind: 'problem'; status: number; problem: ApiProblem; retryAfter: number | null }
  /** No answer came: no network, a dead server, or too slow. Nothing is known about what arrived. */
  | { kind: 'offline' }
  /** Nobody is signed in on this phone (any more); the request was not sent. */
  | { kind: 'signed-out' }

/** Why no fresh answer stands on a page: it is on its way, or what kept it from coming. */
export type Why = 'asking' | 'offline' | 'signed_out' | 'refused'

export const whyOf = (answer: Exclude<Answer<unknown>, { kind: 'ok' }>): Exclude<Why, 'asking'> =>
  answer.kind === 'problem' ? 'refused' : answer.kind === 'offline' ? 'offline' : 'signed_out'

/** For a page that has nothing to show: the network is not at fault, and reading the page again does not help. */
export const SIGN_IN_ENDED: ApiProblem = {
  status: 0,
  code: 'sign-in-ended',
  title: 'Your sign-in has ended. Sign in again; everything you wrote is still on this phone.',
  detail: '登录已过期。请重新登录后再看这一页;您写的内容都还在手机上。',
  errors: [],
}

/** What a page without anything to show says of an answer; null: without network. */
export const problemIn = (answer: Exclude<Answer<unknown>, { kind: 'ok' }>): ApiProblem | null =>
  answer.kind === 'problem' ? answer.problem : answer.kind === 'signed-out' ? SIGN_IN_ENDED : null

const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** Read whatever body a refusal has; a proxy's HTML page becomes a problem, too. */
export const problemOf = (status: number, body: unknown): ApiProblem => {
  const told = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const errors = Array.isArray(told['errors']) ? (told['errors'] as Record<string, unknown>[]) : []
  return {
    status,
    code: text(told['code'], `http-${status}`),
    title: text(told['title'], `The service answered ${status}`),
    detail: text(told['detail'], `服务器返回了 ${status},没有说明原因。请稍后再试;仍不行请告诉管理员。`),
    errors: errors.map((error) => ({
      where: text(error['where'], ''),
      why: text(error['why'], ''),
    })),
  }
}

/** Whether trying again later can help: the service or the way to it is at fault, not the record. */
export const passing = (status: number): boolean => status >= 500 || status === 429 || status === 408 || status === 401
