import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = `${resolve('src')}/`
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).map((file) => join(SRC, file))
const folders = [...new Set(files.filter((file) => /\/text\.[\w-]+\.json$/.test(file)).map((file) => dirname(file)))].sort()

const words = (folder: string, locale: string): Record<string, string> =>
  JSON.parse(readFileSync(join(folder, `text.${locale}.json`), 'utf8')) as Record<string, string>
const holes = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort()

/** Keys named by `t('…')`, and beginnings of those named by t(`…${…}`), in the folder's own code. */
const used = (folder: string): { whole: Set<string>; begun: string[] } => {
  const code = files
    .filter((file) => dirname(file) === folder && /\.(vue|ts)$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  return {
    whole: new Set([...code.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '')),
    begun: [...code.matchAll(/\bt\(\s*`([^`$]*)\$\{/g)].map((match) => match[1] ?? ''),
  }
}

describe.each(folders.map((folder) => [folder.slice(SRC.length), folder] as const))('words of %s', (_name, folder) => {
  const zh = words(folder, 'zh-CN')
  const en = words(folder, 'en')
  const { whole, begun } = used(folder)

  it('are the same in both languages, none empty, with the same holes', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const [key, sentence] of Object.entries(zh)) {
      expect(sentence.trim(), key).not.toBe('')
      expect(en[key]?.trim(), key).not.toBe('')
      expect(holes(en[key] ?? ''), key).toEqual(holes(sentence))
    }
  })
  it('are all used', () => {
    const unused = Object.keys(zh).filter((key) => !whole.has(key) && !begun.some((start) => start && key.startsWith(start)))
    expect(unused).toEqual([])
  })
  it('lack none that is used', () => {
    expect([...whole].filter((key) => !(key in zh))).toEqual([])
  })
})

it('finds folders with words at all', () => {
  expect(folders.length).toBeGreaterThan(3)
})
