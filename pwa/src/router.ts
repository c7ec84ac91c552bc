/** Every page and who it is for; all lazy. `offline` pages need nothing but what the phone keeps. */

import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { knowMe, mine, roles } from '@/session/me'
import { session } from '@/session/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Which tab is lit. */
    tab?: 'today' | 'households' | 'diary' | 'quotas' | 'unsent' | 'township' | 'me'
    /** For people without a sign-in. */
    open?: true
    /** Only for those who see other people's records. */
    oversees?: true
  }
}

const today = () => import('@/features/checkin/TodayPage.vue')
// the page that nearly everybody opens: on its way while the phone looks up who is signed in
if (window.location.pathname === '/') void today().catch(() => undefined)
const packs = () => import('@/features/packs/pages')

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('@/features/login/LoginPage.vue'), meta: { open: true } },
  { path: '/', component: today, meta: { tab: 'today' } },
  { path: '/households', component: () => import('@/features/households/HouseholdsPage.vue'), meta: { tab: 'households' } },
  {
    path: '/households/:id',
    component: () => import('@/features/households/HouseholdPage.vue'),
    props: true,
    meta: { tab: 'households' },
  },
  { path: '/diary', component: () => import('@/features/diary/DiaryPage.vue'), meta: { tab: 'diary' } },
  { path: '/diary/:id', component: () => import('@/features/diary/DiaryEntryPage.vue'), props: true, meta: { tab: 'diary' } },
  { path: '/quotas', component: () => import('@/features/quotas/QuotasPage.vue'), meta: { tab: 'quotas' } },
  { path: '/quotas/what-if', component: () => import('@/features/quotas/WhatIfPage.vue'), meta: { tab: 'quotas' } },
  {
    path: '/quotas/:rule',
    component: () => import('@/features/quotas/QuotaPage.vue'),
    props: true,
    meta: { tab: 'quotas' },
  },
  { path: '/unsent', component: () => import('@/features/unsent/UnsentPage.vue'), meta: { tab: 'unsent' } },
  { path: '/conflicts', component: () => import('@/features/conflicts/ConflictsPage.vue'), meta: { tab: 'unsent' } },
  {
    path: '/township',
    component: () => import('@/features/township/TownshipPage.vue'),
    meta: { tab: 'township', oversees: true },
  },
  {
    path: '/township/:person',
    component: () => import('@/features/township/PersonPage.vue'),
    props: true,
    meta: { tab: 'township', oversees: true },
  },
  { path: '/activities', component: () => import('@/features/activities/ActivitiesPage.vue'), meta: { tab: 'me' } },
  {
    path: '/activities/:id',
    component: () => import('@/features/activities/ActivityPage.vue'),
    props: true,
    meta: { tab: 'me' },
  },
  { path: '/board', component: () => import('@/features/board/BoardPage.vue'), meta: { tab: 'me' } },
  { path: '/packs', component: () => packs().then((pages) => pages.PacksPage), meta: { tab: 'me' } },
  { path: '/packs/adopt', component: () => packs().then((pages) => pages.AdoptPage), meta: { tab: 'me' } },
  { path: '/packs/:id', component: () => packs().then((pages) => pages.PackPage), props: true, meta: { tab: 'me' } },
  { path: '/closings', component: () => packs().then((pages) => pages.ClosingsPage), meta: { tab: 'me' } },
  { path: '/calendar', component: () => import('@/features/workdays/CalendarPage.vue'), meta: { tab: 'me' } },
  { path: '/notices', component: () => import('@/features/notices/NoticesPage.vue') },
  { path: '/ledger', component: () => import('@/features/ledger/LedgerPage.vue'), meta: { tab: 'me' } },
  { path: '/submissions', component: () => import('@/features/submissions/SubmissionsPage.vue'), meta: { tab: 'me' } },
  {
    path: '/submissions/:id',
    component: () => import('@/features/submissions/SubmissionPage.vue'),
    props: true,
    meta: { tab: 'me' },
  },
  { path: '/requests', component: () => import('@/features/requests/RequestsPage.vue'), meta: { tab: 'me' } },
  {
    path: '/requests/:kind(leave|make-up)/:id',
    component: () => import('@/features/requests/RequestPage.vue'),
    props: true,
    meta: { tab: 'me' },
  },
  { path: '/spot-checks', component: () => import('@/features/spotchecks/SpotChecksPage.vue'), meta: { tab: 'me' } },
  { path: '/spot-checks/:id', component: () => import('@/features/spotchecks/SpotCheckPage.vue'), props: true, meta: { tab: 'me' } },
  { path: '/flags', component: () => import('@/features/reviews/FlagsPage.vue'), meta: { tab: 'me' } },
  { path: '/flags/:id', component: () => import('@/features/reviews/FlagPage.vue'), props: true, meta: { tab: 'me' } },
  { path: '/reviews', component: () => import('@/features/reviews/ReviewsPage.vue'), meta: { tab: 'me', oversees: true } },
  { path: '/checks', component: () => import('@/features/reviews/ChecksPage.vue'), meta: { tab: 'me', oversees: true } },
  { path: '/fences', component: () => import('@/features/fences/FencesPage.vue'), meta: { tab: 'me', oversees: true } },
  { path: '/figures', component: () => import('@/features/figures/FiguresPage.vue'), meta: { tab: 'me' } },
  { path: '/figures/:id', component: () => import('@/features/figures/FigurePage.vue'), props: true, meta: { tab: 'me' } },
  { path: '/me', component: () => import('@/features/me/MePage.vue'), meta: { tab: 'me' } },
  { path: '/:anything(.*)*', component: () => import('@/shell/NotFoundPage.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  // a filter in the address is no other page
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  if (!session.user) return to.meta.open ? true : { path: '/sign-in', query: to.path === '/' ? {} : { to: to.fullPath } }
  if (to.path === '/sign-in' && !session.expired) return '/'
  // the kept answer is there at once; without network a first start has none, and the page says so
  if (!mine.loaded) await Promise.race([knowMe(), new Promise((resolve) => setTimeout(resolve, 1_500))])
  if (to.path === '/' && mine.me && !roles.value.field && roles.value.oversees) return '/township'
  return true
})
