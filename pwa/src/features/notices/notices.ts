/** Reminders as the page draws them: by day, with the way to the rule. Pure. */

import type { OkBody } from '@/api/client'

export type Notices = OkBody<'/api/v1/notices', 'get'>
export type Notice = Notices['items'][number]

export interface Day {
  day: string
  notices: Notice[]
}

/** Days as the service told them, the newest first. */
export const byDay = (notices: readonly Notice[]): Day[] => {
  const days: Day[] = []
  for (const notice of notices) {
    const last = days.at(-1)
    if (last?.day === notice.day) last.notices.push(notice)
    else days.push({ day: notice.day, notices: [notice] })
  }
  return days
}

type Way = { to: string; word: 'rule' | 'papers' | 'requests' | 'flag' | 'flags' | 'fences' }

/** Where a tap leads: to one's own rule, to requests, flags or fences, or to where papers of an organisation are handed in; its other duties have no page. */
export const wayOf = (notice: Pick<Notice, 'rule' | 'subject' | 'kind'>): Way | null => {
  if (notice.kind === 'fence_shifted') return { to: '/fences', word: 'fences' }
  if (notice.kind === 'flag_raised' || notice.kind === 'flag_closes') return { to: '/flags', word: 'flags' }
  if (notice.kind === 'flag_decided' || notice.kind === 'appeal_decided')
    return notice.subject ? { to: `/flags/${encodeURIComponent(notice.subject)}`, word: 'flag' } : { to: '/flags', word: 'flags' }
  if (notice.kind === 'request_waits') return { to: '/requests?of=waiting', word: 'requests' }
  if (notice.kind === 'request_decided') return { to: '/requests', word: 'requests' }
  if (!notice.subject) return { to: `/quotas/${encodeURIComponent(notice.rule)}`, word: 'rule' }
  return notice.kind === 'unsubmitted' ? { to: '/submissions', word: 'papers' } : null
}

/** The same answer after some were read, until the service has told it anew. */
export const afterReading = (body: Notices, ids: ReadonlySet<string>, at: string): Notices => {
  const fresh = body.items.filter((notice) => ids.has(notice.id) && !notice.read_at).length
  return {
    ...body,
    unread: Math.max(0, body.unread - fresh),
    items: body.items.map((notice) => (ids.has(notice.id) && !notice.read_at ? { ...notice, read_at: at } : notice)),
  }
}
