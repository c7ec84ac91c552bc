/** When the page that was opened has been drawn and stands: it goes first, on a slow phone as on a slow network. */
export const idle = (): Promise<void> =>
  new Promise((resolve) => {
    // Safari has no idle callback
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => resolve(), { timeout: 2_000 })
    else setTimeout(resolve, 1_000)
  })
