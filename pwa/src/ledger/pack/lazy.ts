import { lazyPart } from '@/ui/lazyPart'

export const EvidenceButton = lazyPart(() => import('./EvidenceButton.vue'))
