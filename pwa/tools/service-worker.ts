import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { build, type Plugin, type ResolvedConfig } from 'vite'

const LEFT_OUT = /^(sw\.js|\.sources)$|\.(gz|map|txt)$/

/** Every file of a build, as paths with forward slashes. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()

/** The list of what the worker keeps: names with a hash need no revision, the others carry their digest. */
const manifest = (folder: string): { url: string; revision: string | null }[] =>
  filesOf(folder)
    .filter((file) => !LEFT_OUT.test(file))
    .map((file) => ({
      url: `/${file}`,
      revision: file.startsWith('assets/')
        ? null
        : createHash('sha256').update(readFileSync(join(folder, file))).digest('hex').slice(0, 16),
    }))

/** After the pages, one classic script sw.js with the list of their files in it. */
export const serviceWorker = (): Plugin => {
  let config: ResolvedConfig
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    async closeBundle() {
      const dist = resolve(config.root, config.build.outDir)
      rmSync(join(dist, 'sw.js'), { force: true })
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: {
          __MANIFEST__: JSON.stringify(manifest(dist)),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir: dist,
          emptyOutDir: false,
          target: 'es2020',
          reportCompressedSize: false,
          lib: { entry: resolve(config.root, 'src/sw.ts'), formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
        },
      })
    },
  }
}
