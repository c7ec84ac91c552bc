import { createApp } from 'vue'
import { startSync } from '@/offline/sync'
import { applyPreferences } from '@/lib/preferences'
import { openSession } from '@/session/session'
import App from '@/shell/App.vue'
import { watchPages } from '@/shell/absent'
import { caught } from '@/shell/defects'
import { registerWorker } from '@/shell/update'
import { router } from './router'
import '@/ui/styles.css'

const start = async (): Promise<void> => {
  applyPreferences()
  startSync()
  await openSession()
  const app = createApp(App)
  app.config.errorHandler = caught
  watchPages(router)
  app.use(router).mount('#app')
  registerWorker()
}
void start().catch(caught)
