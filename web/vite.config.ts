import { defineConfig } from 'vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': process.env.GONGJI_SERVER ?? 'http://127.0.0.1:8080' } },
  build: {
    target: 'es2020',
    assetsInlineLimit: 0, // the content policy allows no inline scripts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: {
        chunkFileNames: (c) => `assets/${c.name.split('.')[0]}-[hash].js`,
        manualChunks: (id) =>
          id.includes('/echarts/') || id.includes('/zrender/') ? 'chart'
          : id.includes('/element-plus/') || id.includes('/@element-plus/') ? 'element'
          : id.includes('/node_modules/') ? 'vue' : undefined,
      },
    },
  },
})
