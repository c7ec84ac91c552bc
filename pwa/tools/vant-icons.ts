import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Vant carries its icon font inside its style sheet (25 KB that block the first picture) and names another host
 * for browsers that cannot read it. Here the font becomes a file of ours, and the other host goes.
 */
export const vantIcons = (): Plugin => ({
  name: 'vant-icons',
  enforce: 'pre',
  load(id) {
    const file = id.split('?')[0] ?? ''
    if (!/[\\/]vant[\\/](es|lib)[\\/]icon[\\/]index\.css$/.test(file)) return null
    const sheet = readFileSync(file, 'utf8')
    const font = /url\(["']?data:font\/woff2[^,]*,([^)"']+)["']?\)/.exec(sheet)
    if (!font?.[1]) throw new Error('vant-icons: no embedded font was found; has Vant changed?')
    const bytes = Buffer.from(font[1], 'base64')
    const folder = resolve('node_modules/.cache/vant')
    mkdirSync(folder, { recursive: true })
    const out = resolve(folder, `icons-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.woff2`)
    writeFileSync(out, bytes)
    return sheet.replace(/src:[^;}]+/, `src:url("${out}") format("woff2")`)
  },
})
