/**
 * A part of a page with a file of its own. A file that is not on the phone and cannot be had now never takes the page
 * away: a sentence stands in the part's place, and the file is asked for again when the network returns.
 */

import { defineComponent, h, ref, shallowRef, type Component } from 'vue'
import { fileMissing, restyle } from '@/lib/late'
import PartAbsent from './PartAbsent.vue'

interface Absent {
  /** A sentence of its own in the part's place. */
  says?: () => string
  /** The part rises from below: so does the sentence. */
  sheet?: boolean
}

export const lazyPart = <C extends Component>(load: () => Promise<{ default: C }>, { says, sheet = false }: Absent = {}): C => {
  // one for all places in which the part stands
  const part = shallowRef<C | null>(null)
  const absent = ref(false)
  const ask = async (): Promise<void> => {
    try {
      part.value = (await load()).default
      absent.value = false
    } catch (error) {
      // a mistake in the part itself is told as one
      if (!fileMissing(error)) throw error
      if (!absent.value) window.addEventListener('online', again, { once: true })
      absent.value = true
    }
  }
  const again = (): void => {
    restyle()
    absent.value = false
    void ask()
  }
  return defineComponent({
    name: 'LazyPart',
    inheritAttrs: false,
    setup(_, { attrs, slots }) {
      if (!part.value && !absent.value) void ask()
      return () => {
        if (part.value) return h(part.value, attrs, slots)
        return absent.value ? h(PartAbsent, { says: says?.(), sheet, onAgain: again, onClose: attrs['onClose'] as () => void }) : null
      }
    },
  }) as Component as C
}
