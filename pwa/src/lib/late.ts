/** Files that come after the start: how one that cannot be had is known, and asked for anew. */

/** In the words of Chromium and Firefox, of Safari, and of the bundler for a style sheet. */
const MISSING = /dynamically imported module|module script|preload CSS/
export const fileMissing = (error: unknown): boolean => error instanceof Error && MISSING.test(error.message)

const unstyled = new Set<HTMLLinkElement>()
window.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') unstyled.add(target)
  },
  true,
)
/** The bundler's loader asks for each style sheet only once: those that did not come are put there again. */
export const restyle = (): void => {
  for (const link of unstyled) link.replaceWith(link.cloneNode())
  unstyled.clear()
}
