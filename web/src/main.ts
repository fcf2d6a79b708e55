import { createApp } from 'vue'
import App from './App.vue'
import { element_use } from './element'
import { i18n } from './i18n'
import { router } from './router'
import './style.css'

const app = createApp(App)
element_use(app)
app.use(i18n).use(router).mount('#app')
