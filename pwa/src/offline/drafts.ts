/** What somebody is still writing: survives a closed tab, goes with the record that it becomes (`enqueue({draft})`). */

import { strictly, userDb, type Draft } from './db'

export const saveDraft = async (key: string, value: unknown): Promise<void> => {
  await strictly(await userDb(), ['drafts'], async (tx) => {
    await tx.objectStore('drafts').put({ key, value, at: new Date().toISOString() })
  })
}

export const draft = async (key: string): Promise<Draft | null> => (await (await userDb()).get('drafts', key)) ?? null

export const drafts = async (): Promise<Draft[]> => (await userDb()).getAll('drafts')

export const dropDraft = async (key: string): Promise<void> => {
  await strictly(await userDb(), ['drafts'], async (tx) => {
    await tx.objectStore('drafts').delete(key)
  })
}
