/**
 * A form being written: kept on the phone at every pause, taken up again after a closed tab, at last handed over. Words
 * and attachments are drafts of their own, because the words are saved often and the attachments are large.
 */

import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { useWriting } from '@/lib/writing'
import type { RecordKind } from './db'
import { draft, dropDraft, saveDraft } from './drafts'
import { base64, bytesOf, enqueue, type NewPhoto } from './outbox'

const PAUSE_MS = 600

/** A picture or a document, ready to be sent. */
export interface Attachment {
  sha256: string
  type: string
  bytes: ArrayBuffer
  /** A document's own name, for its writer; the service does not learn it. */
  name?: string
}
interface KeptAttachment extends Omit<Attachment, 'bytes'> {
  base64: string
}

// a sealed draft travels as JSON, so attachments are kept as text
const asText = (all: readonly Attachment[]): KeptAttachment[] =>
  all.map(({ bytes, ...rest }) => ({ ...rest, base64: base64(bytes) }))
const asBytes = (value: unknown): Attachment[] =>
  (Array.isArray(value) ? (value as KeptAttachment[]) : []).map(({ base64: text, ...rest }) => ({ ...rest, bytes: bytesOf(text) }))

/** The drafts' keys: `activity:ID` holds the words, `activity-files:ID` what is attached. */
export const wordsKey = (kind: RecordKind, id: string): string => `${kind}:${id}`
/** A diary's pictures have lain under a name of their own: what older versions kept is still found. */
const filesKey = (kind: RecordKind, id: string): string => `${kind}-${kind === 'diary' ? 'photos' : 'files'}:${id}`

export interface Handed {
  body: Record<string, unknown>
  label: string
  /** Where many records answer to one thing (`of`), the draft goes by that thing and the record has an id of its own. */
  id?: string
  of?: string
  /** Photos it names beside its own attachments. */
  beside?: readonly NewPhoto[]
}

export const useWritten = <F extends object>(kind: RecordKind, id: string, first: F, read: (value: unknown) => F | null) => {
  const form = ref(first) as Ref<F>
  const files: ShallowRef<Attachment[]> = shallowRef([])
  /** Something of it is the person's own. */
  const touched = ref(false)
  const savedAt = ref<string | null>(null)
  const failed = ref(false)
  const settled = ref(JSON.stringify(first))
  const settledFiles = shallowRef(files.value)
  const now = computed(() => JSON.stringify(form.value))
  const behind = computed(() => now.value !== settled.value || files.value !== settledFiles.value)
  useWriting(behind)

  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    if (over || !behind.value) return
    const [words, attached] = [now.value, files.value]
    try {
      await saveDraft(wordsKey(kind, id), JSON.parse(words))
      if (attached !== settledFiles.value) await saveDraft(filesKey(kind, id), asText(attached))
      settled.value = words
      settledFiles.value = attached
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
  watch([now, files], () => {
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
  const propose = (from: F): void => {
    if (touched.value) return
    form.value = from
    settled.value = now.value
  }
  /** Take up what was being written; false when there is nothing. */
  const takeUp = async (): Promise<boolean> => {
    const [words, attached] = await Promise.all([draft(wordsKey(kind, id)), draft(filesKey(kind, id))])
    const kept = words && read(words.value)
    if (!words || !kept) return false
    form.value = kept
    settled.value = now.value
    files.value = asBytes(attached?.value)
    settledFiles.value = files.value
    savedAt.value = words.at
    touched.value = true
    return true
  }
  /** Hand it over to be sent. Throws NotKept, and then everything is as it was. */
  const send = async (hand: (form: F, files: readonly Attachment[]) => Handed): Promise<void> => {
    await flush()
    // a plain copy: IndexedDB takes no proxies
    const { beside = [], ...made } = hand(JSON.parse(now.value) as F, files.value)
    over = true
    try {
      await enqueue({
        id,
        kind,
        ...made,
        photos: [...files.value.map(({ sha256, type, bytes }) => ({ sha256, type, bytes })), ...beside],
        draft: wordsKey(kind, id),
      })
    } catch (error) {
      over = false
      throw error
    }
    await dropDraft(filesKey(kind, id))
    settle()
  }
  const drop = async (): Promise<void> => {
    clearTimeout(timer)
    over = true
    await running
    await dropDraft(wordsKey(kind, id))
    await dropDraft(filesKey(kind, id))
    settle()
  }
  const settle = (): void => {
    settled.value = now.value
    settledFiles.value = files.value
  }
  return { form, files, touched, behind, savedAt, failed, propose, takeUp, flush, send, drop }
}
