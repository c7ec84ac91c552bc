/** How this phone shows the app; nothing personal, so it outlives a sign-out. */

import { reactive, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export type Locale = 'zh-CN' | 'en'

const KEY = 'zhucun-preferences'

interface Preferences {
  theme: Theme
  large: boolean
  locale: Locale
}

const read = (): Partial<Preferences> => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
  } catch {
    return {}
  }
}
const stored = read()

export const preferences = reactive<Preferences>({
  theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : 'system',
  large: stored.large === true,
  locale: stored.locale === 'en' ? 'en' : 'zh-CN',
})

/** Put them on the page, now and whenever they change. */
export const applyPreferences = (): void => {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = (): void => {
    const root = document.documentElement
    const isDark = preferences.theme === 'dark' || (preferences.theme === 'system' && dark.matches)
    root.dataset['theme'] = isDark ? 'dark' : 'light'
    root.classList.toggle('van-theme-dark', isDark)
    root.classList.toggle('large', preferences.large)
    root.lang = preferences.locale
    document.title = preferences.locale === 'en' ? 'Zhucun' : '驻村'
  }
  watch(preferences, () => {
    apply()
    try {
      localStorage.setItem(KEY, JSON.stringify(preferences))
    } catch {
      // a browser that forbids it shows the app as it comes
    }
  })
  dark.addEventListener('change', apply)
  apply()
}
