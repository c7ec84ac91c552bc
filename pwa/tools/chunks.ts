/** Which modules share a file: few files for the first picture, so that they pack well; all else as the bundler cuts it. */

import type { Rolldown } from 'vite'

const START = /\/src\/main\.ts$/
const TODAY = /\/src\/features\/checkin\/TodayPage\.vue$/

/** Whether a page that matches needs the module at once, through static imports alone. */
const neededBy = (page: RegExp): ((id: string, ctx: Rolldown.ChunkingContext) => boolean) => {
  const known = new Map<string, boolean>()
  const needed = (id: string, ctx: Rolldown.ChunkingContext): boolean => {
    const found = known.get(id)
    if (found !== undefined) return found
    known.set(id, false) // who imports itself in a circle is needed by nobody yet
    const is = page.test(id) || (ctx.getModuleInfo(id)?.importers ?? []).some((importer) => needed(importer, ctx))
    known.set(id, is)
    return is
  }
  return needed
}
const byStart = neededBy(START)
const byToday = neededBy(TODAY)

/**
 * `vue` changes seldom and stays on the phones over new versions; `core` is the rest of what index.html names; `parts`
 * are the small components of Today, which nearly every page has.
 */
export const firstPicture: Rolldown.CodeSplittingGroup[] = [
  { name: 'vue', test: /\/node_modules\/(@vue|vue|vue-router)\//, priority: 3 },
  { debugName: 'core', name: (id, ctx) => (!START.test(id) && byStart(id, ctx) ? 'core' : null), priority: 2 },
  { debugName: 'parts', name: (id, ctx) => (id.includes('/src/ui/') && byToday(id, ctx) ? 'parts' : null), priority: 1 },
]

/**
 * Of a lazy page its styles, and of the two first pages their modules as well: the names of all would weigh more than
 * 2 KB in the critical path, for a saving that ends when the service worker has every file (after the first visit).
 */
export const fetchedAhead = (file: string, needed: string[], from: { hostType: 'html' | 'js' }): string[] =>
  from.hostType === 'html' || /\/(Today|Login)Page-/.test(file) ? needed : needed.filter((name) => name.endsWith('.css'))
