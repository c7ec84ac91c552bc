/** A diary being written: begun from the month's visits, kept on the phone at every pause, and at last handed over. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Shot } from '@/device/camera'
import { clock } from '@/device/clock'
import { localStamp } from '@/lib/dates'
import { useWriting } from '@/lib/writing'
import { draft, dropDraft, saveDraft } from '@/offline/drafts'
import { base64, bytesOf, discard, enqueue, keptPhoto, type NewPhoto } from '@/offline/outbox'
import { diaryBody, formOf, PICTURES, WORDS, type Form } from './month'

const PAUSE_MS = 600

interface KeptShot {
  sha256: string
  type: string
  base64: string
}

/** A sealed draft travels as JSON, so its pictures are kept as text; apart from the words, which are saved often. */
const asText = (shots: readonly Shot[]): KeptShot[] =>
  shots.map(({ sha256, type, bytes }) => ({ sha256, type, base64: base64(bytes) }))
const asShots = (value: unknown): Shot[] =>
  (Array.isArray(value) ? (value as KeptShot[]) : []).map((one) => ({
    sha256: one.sha256,
    type: one.type,
    bytes: bytesOf(one.base64),
  }))

export const useForm = (id: string) => {
  const form = ref<Form>({ work_date: '', text: '', households: [], check_ins: [], photos: [], replaces: null, instead: null })
  const shots = shallowRef<Shot[]>([])
  /** Something of it is the person's own: proposals change it no more. */
  const touched = ref(false)
  const savedAt = ref<string | null>(null)
  const failed = ref(false)
  /** What the disk has, or what was proposed and needs no keeping. */
  const settled = ref('')
  const settledShots = shallowRef<Shot[]>(shots.value)
  const now = computed(() => JSON.stringify(form.value))
  const behind = computed(() => now.value !== settled.value || shots.value !== settledShots.value)
  useWriting(behind)

  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    if (over || !behind.value) return
    const [words, pictures] = [now.value, shots.value]
    try {
      await saveDraft(`${WORDS}${id}`, JSON.parse(words))
      if (pictures !== settledShots.value) await saveDraft(`${PICTURES}${id}`, asText(pictures))
      settled.value = words
      settledShots.value = pictures
      savedAt.value = new Date().toISOString()
      failed.value = false
    } catch {
      failed.value = true
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    running = running.then(write)
    return running
  }
  watch(behind, (is) => {
    if (is) touched.value = true
  })
  watch([now, shots], () => {
    clearTimeout(timer)
    if (behind.value) timer = setTimeout(() => void flush(), PAUSE_MS)
  })
  const leaving = (): void => {
    if (document.visibilityState === 'hidden') void flush()
  }
  document.addEventListener('visibilitychange', leaving)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', leaving)
    void flush()
  })

  /** Begin with this; nothing is kept before the person changes something. */
  const propose = (from: Form): void => {
    if (touched.value) return
    form.value = from
    settled.value = now.value
  }
  /** Take up what was being written; false when there is nothing. */
  const takeUp = async (): Promise<boolean> => {
    const [words, pictures] = await Promise.all([draft(`${WORDS}${id}`), draft(`${PICTURES}${id}`)])
    const kept = formOf(words?.value)
    if (!words || !kept) return false
    form.value = kept
    settled.value = now.value
    shots.value = asShots(pictures?.value)
    settledShots.value = shots.value
    savedAt.value = words.at
    touched.value = true
    return true
  }
  /** Hand it over to be sent. Throws NotKept, and then everything is as it was. */
  const send = async (label: string): Promise<void> => {
    await flush()
    // a plain copy: IndexedDB takes no proxies
    const plain = JSON.parse(now.value) as Form
    over = true
    try {
      await enqueue({
        id,
        kind: 'diary',
        body: diaryBody(plain, shots.value.map((one) => one.sha256), localStamp(new Date()), clock()),
        label,
        photos: [...shots.value, ...(await ofThisPhone(plain.photos))],
        draft: `${WORDS}${id}`,
      })
    } catch (error) {
      over = false
      throw error
    }
    settled.value = now.value
    settledShots.value = shots.value
    await dropDraft(`${PICTURES}${id}`)
    // its words live on in this one
    if (plain.instead) await discard(plain.instead)
  }
  const drop = async (): Promise<void> => {
    clearTimeout(timer)
    over = true
    await running
    await dropDraft(`${WORDS}${id}`)
    await dropDraft(`${PICTURES}${id}`)
    settled.value = now.value
    settledShots.value = shots.value
  }
  return { form, shots, touched, behind, savedAt, failed, propose, takeUp, flush, send, drop }
}

/** Photos of visits that still lie here: the diary names them too, so that throwing a visit away does not lose them. */
const ofThisPhone = async (photos: readonly string[]): Promise<NewPhoto[]> => {
  const found: NewPhoto[] = []
  for (const sha256 of photos) {
    const blob = await keptPhoto(sha256)
    if (blob) found.push({ sha256, type: blob.type, bytes: await blob.arrayBuffer() })
  }
  return found
}
