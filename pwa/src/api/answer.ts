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
