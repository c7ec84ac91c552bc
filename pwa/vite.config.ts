import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vite'
import { fetchedAhead, firstPicture } from './tools/chunks.ts'
import { packed } from './tools/packed.ts'
import { serviceWorker } from './tools/service-worker.ts'
import { vantIcons } from './tools/vant-icons.ts'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  plugins: [
    vantIcons(),
    vue(),
    // only Vant's components are found by name; our own are imported, so that one sees where they come from
    Components({ resolvers: [VantResolver()], dts: 'src/components.gen.d.ts', dirs: [] }),
    serviceWorker(),
    packed(),
  ],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __BUILD__: JSON.stringify(process.env['ZHUCUN_BUILD'] ?? 'development'),
  },
  build: {
    target: 'es2020',
    // our content policy allows no data: font and no inline script
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false, resolveDependencies: fetchedAhead },
    rolldownOptions: { output: { codeSplitting: { groups: firstPicture } } },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': `http://127.0.0.1:${process.env['ZHUCUN_PORT'] ?? '8000'}` } },
})
