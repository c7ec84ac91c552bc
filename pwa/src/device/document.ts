/** A document as it will be sent: PDF, DOCX or XLSX, byte for byte. What it really is, the service finds out. */

import { sha256 } from './camera'

export interface PickedDocument {
  sha256: string
  type: string
  bytes: ArrayBuffer
  name: string
}

/** What the service takes (app/submissions), by the ending of the name: phones often give no type. */
export const DOCUMENT_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
/** The service's own limit, unless the machine's keeper set another. */
export const MOST_BYTES = 20_000_000

export class NoDocument extends Error {
  override name = 'NoDocument'
  readonly why: 'type' | 'size' | 'empty' | 'unreadable'
  constructor(why: NoDocument['why']) {
    super(`no document: ${why}`)
    this.why = why
  }
}

/** The type by the name; null for what is not taken. Pure. */
export const typeOf = (name: string): string | null =>
  Object.entries(DOCUMENT_TYPES).find(([ending]) => name.toLowerCase().endsWith(`.${ending}`))?.[1] ?? null

/** Read a picked file. Throws NoDocument with what is wrong. */
export const pickedDocument = async (file: File): Promise<PickedDocument> => {
  const type = typeOf(file.name)
  if (!type) throw new NoDocument('type')
  if (file.size > MOST_BYTES) throw new NoDocument('size')
  if (!file.size) throw new NoDocument('empty')
  let bytes: ArrayBuffer
  try {
    bytes = await file.arrayBuffer()
  } catch {
    // a file of a cloud folder that is not on the phone
    throw new NoDocument('unreadable')
  }
  return { sha256: await sha256(bytes), type, bytes, name: file.name.slice(0, 120) }
}
