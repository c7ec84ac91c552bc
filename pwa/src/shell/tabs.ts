/** Which tabs somebody has below, at most five; what found no place is reached from the header. Pure. */

import type { Roles } from '@/session/roles'

export type Tab = 'today' | 'households' | 'diary' | 'quotas' | 'unsent' | 'township'

export const tabsFor = (roles: Roles): Tab[] => {
  // before anything is known: what the field needs
  if (!roles.field && !roles.oversees) return ['today', 'households', 'diary', 'quotas', 'unsent']
  if (!roles.field) return ['township', 'households', 'unsent']
  return ['today', 'households', 'diary', 'quotas', roles.oversees ? 'township' : 'unsent']
}
