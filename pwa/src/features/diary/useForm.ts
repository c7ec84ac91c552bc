/** A diary being written, as every form is (`offline/written.ts`), with the photos of its visits that still lie here. */

import { clock } from '@/device/clock'
import { localStamp } from '@/lib/dates'
import { discard, keptPhoto, type NewPhoto } from '@/offline/outbox'
import { useWritten } from '@/offline/written'
import { diaryBody, formOf, type Form } from './month'

const blank = (): Form => ({ work_date: '', text: '', households: [], check_ins: [], photos: [], replaces: null, instead: null })

export const useForm = (id: string) => {
  const { files: shots, send: hand, ...rest } = useWritten('diary', id, blank(), formOf)
  /** Hand it over to be sent. Throws NotKept, and then everything is as it was. */
  const send = async (label: string): Promise<void> => {
    const { photos, instead } = rest.form.value
    const beside = await ofThisPhone(photos)
    await hand((form, pictures) => ({
      body: diaryBody(form, pictures.map((one) => one.sha256), localStamp(new Date()), clock()),
      label,
      beside,
    }))
    // its words live on in this one
    if (instead) await discard(instead)
  }
  return { ...rest, shots, send }
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
