/** Parts of Today with files of their own: the button stands first, what it opens follows at once, before a thumb gets there. */

import { idle } from '@/lib/idle'
import { lazyPart } from '@/ui/lazyPart'
import { t } from './words'

const sheet = () => import('@/presence/CheckInSheet.vue')
const row = () => import('@/photos/PhotoRow.vue')
const withdraw = () => import('./WithdrawSheet.vue')
void idle()
  .then(() => Promise.all([sheet(), row(), withdraw()]))
  .catch(() => undefined)

export const CheckInSheet = lazyPart(sheet, { sheet: true })
export const WithdrawSheet = lazyPart(withdraw, { sheet: true })
/** Most records have no photo; where there are some, their place is kept. */
export const PhotoRow = lazyPart(row, { says: () => t('photos-absent') })
