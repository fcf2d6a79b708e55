// Who is signed in, and what he may do.
import { reactive } from 'vue'
import { ApiError, call, csrf_set, signed_out_set, type Schemas } from '@/api/client'

type User = Schemas['User']
export const session = reactive({ user: null as User | null, known: false, must_add_factor: false, password_bytes_min: 0, password_classes_min: 0 })

function begin(s: Schemas['Session']): void {
  csrf_set(s.csrf)
  session.user = s.user
  session.must_add_factor = s.must_add_factor
  session.password_bytes_min = s.password_bytes_min
  session.password_classes_min = s.password_classes_min
  session.known = true
}
function end(): void {
  csrf_set('')
  session.user = null
}
signed_out_set(end)

export async function session_load(): Promise<void> {
  if (session.known) return
  try {
    begin(await call('get', '/session'))
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e
    end()
  }
  session.known = true
}
export async function session_begin(login: string, password: string, code?: string): Promise<void> {
  begin(await call('post', '/session', { body: code ? { login, password, code } : { login, password } }))
}
export async function session_again(): Promise<void> {
  begin(await call('get', '/session'))
}
export async function session_end(): Promise<void> {
  await call('delete', '/session')
  end()
}
export async function password_change(old: string, next: string): Promise<void> {
  await call('post', '/session/password', { body: { old, new: next } })
  // the server may have begun a new session
  await session_again()
}
export function may(right: string | undefined): boolean {
  return !right || (session.user?.rights.includes(right) ?? false)
}
