/** Weigh what index.html names (it blocks the first picture), and the pages that every cadre opens first. */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** KB of gzip: what index.html names, and what a first page may have weighed in all. */
const CRITICAL = { js: 60, css: 10 }
const FIRST_PAGE = { js: 70, css: 10 }
const dist = new URL('../dist/', import.meta.url)
const kb = (bytes: number): number => Math.round(bytes / 102.4) / 10
const weight = (file: string): number => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length

const html = readFileSync(new URL('index.html', dist), 'utf8')
const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '')
const sum = (files: Iterable<string>, ending: string): number =>
  [...files].filter((file) => file.endsWith(ending)).reduce((total, file) => total + weight(file), 0)

/** A lazy page with all that it imports, by the names in its code. */
const withImports = (start: string[]): Set<string> => {
  const seen = new Set<string>()
  const todo = [...start]
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    if (!file.endsWith('.js')) continue
    const code = readFileSync(new URL(file, dist), 'utf8')
    for (const match of code.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) todo.push(`assets/${match[1] ?? ''}`)
  }
  return seen
}
const page = (name: string): string[] =>
  readdirSync(new URL('assets', dist)).filter((file) => file.startsWith(`${name}-`)).map((file) => `assets/${file}`)

const tell = (what: string, files: Iterable<string>, most: { js: number; css: number }): void => {
  const js = kb(sum(files, '.js'))
  const css = kb(sum(files, '.css'))
  const ok = js <= most.js && css <= most.css
  if (!ok) process.exitCode = 1
  process.stdout.write(
    `${what.padEnd(28)} ${js.toFixed(1).padStart(6)} KB JS  ${css.toFixed(1).padStart(5)} KB CSS  (gzip; at most ${most.js} and ${most.css})${ok ? '' : '  TOO HEAVY'}\n`,
  )
}
tell('critical path (index.html)', named, CRITICAL)
tell('… and the sign-in page', withImports([...named, ...page('LoginPage')]), FIRST_PAGE)
tell('… and the Today page', withImports([...named, ...page('TodayPage')]), FIRST_PAGE)
