// What the server says about itself before anybody signs in.
import { reactive } from 'vue'
import { call } from '@/api/client'

export const server = reactive({ known: false, sandbox: false })

export async function server_load(): Promise<void> {
  if (server.known) return
  server.sandbox = (await call('get', '/version')).sandbox
  server.known = true
}
