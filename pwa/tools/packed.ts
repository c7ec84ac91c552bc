import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'
import { gzipSync } from 'node:zlib'
import { filesOf } from './service-worker.ts'

/** A gzip copy beside every text file, made once here instead of at every request. */
export const packed = (): Plugin => {
  let config: ResolvedConfig
  return {
    name: 'packed',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    closeBundle: {
      sequential: true,
      order: 'post',
      handler() {
        const dist = resolve(config.root, config.build.outDir)
        for (const file of filesOf(dist).filter((name) => /\.(js|css|html|svg|json|webmanifest)$/.test(name)))
          writeFileSync(join(dist, `${file}.gz`), gzipSync(readFileSync(join(dist, file)), { level: 9 }))
      },
    },
  }
}
