/** The network itself: a deadline for everything, and no exception for being without it. */

import type { Answer } from './answer'
import { problemOf } from './answer'

const DEADLINE_MS = 20_000

/** The answer, or null when none came in time. */
export const reach = async (
  url: string,
  init: RequestInit,
  deadline = DEADLINE_MS,
  signal?: AbortSignal,
): Promise<Response | null> => {
  const limit = AbortSignal.timeout(deadline)
  try {
    return await fetch(url, { ...init, signal: signal ? AbortSignal.any([limit, signal]) : limit })
  } catch {
    return null
  }
}

/** What an answer says. A body that breaks off in the middle is no answer. */
export const read = async <T>(response: Response | null): Promise<Answer<T>> => {
  if (!response) return { kind: 'offline' }
  let body: unknown
  try {
    const said = await response.text()
    body = said ? (JSON.parse(said) as unknown) : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) return { kind: 'offline' }
    body = undefined
    // a hotel's or a carrier's sign-in page answers 200 with HTML: that is not our service
    if (response.ok) return { kind: 'offline' }
  }
  if (response.ok) return { kind: 'ok', status: response.status, body: body as T }
  const after = Number(response.headers.get('Retry-After'))
  const problem = problemOf(response.status, body)
  return { kind: 'problem', status: response.status, problem, retryAfter: after > 0 ? after : null }
}
