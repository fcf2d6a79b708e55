// The one door to the server: typed by api/openapi.yaml, errors in one shape.
import { lang } from '@/i18n'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: infer O } ? (O extends { responses: unknown } ? P : never) : never
}[keyof paths]
type Responses<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: { responses: infer R } } ? R : never
type JsonOf<R> = R extends { content: { 'application/json': infer J } } ? J : undefined
type Answer<P extends keyof paths, M extends Method> =
  | (Responses<P, M> extends { 200: infer R } ? JsonOf<R> : never)
  | (Responses<P, M> extends { 201: infer R } ? JsonOf<R> : never)
  | (Responses<P, M> extends { 202: infer R } ? JsonOf<R> : never)

export interface CallOptions {
  path?: Record<string, string | number>
  query?: Record<string, string | number | null | undefined>
  body?: unknown
  text?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/* What went wrong.  `saved` is null when nobody knows: the request was sent and no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly saved: boolean | null,
    readonly field: string | null = null,
    readonly expected: string | null = null,
    readonly right: string | null = null,
    readonly trace: string = '',
    readonly facts: string | null = null,
  ) {
    super(code)
  }
}

let csrf = ''
/* asks for the password again; false: the user did not want to */
let on_confirm: () => Promise<boolean> = async () => false
export function confirm_set(f: () => Promise<boolean>): void {
  on_confirm = f
}
let on_signed_out: () => void = () => {}
export function csrf_set(token: string): void {
  csrf = token
}
export function signed_out_set(f: () => void): void {
  on_signed_out = f
}

export function url_of(path: string, o: CallOptions = {}): string {
  let url = path.replace(/\{(\w+)\}/g, (_, k) => encodeURIComponent(String(o.path?.[k] ?? '')))
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(o.query ?? {})) if (v !== undefined && v !== null && v !== '') q.set(k, String(v))
  const query = q.toString()
  url += query ? '?' + query : ''
  return '/api/v1' + url
}

async function error_of(r: Response): Promise<ApiError> {
  try {
    const e = ((await r.json()) as Schemas['Error']).error
    return new ApiError(r.status, e.code, e.zh, e.en, e.saved, e.field ?? null, e.expected ?? null, e.right ?? null, e.trace_id, e.message ?? null)
  } catch {
    return new ApiError(r.status, 'http_' + r.status, '服务器返回了无法识别的内容', 'the server answered something unknown', r.status >= 500 ? null : false)
  }
}

async function send(method: Method, path: string, o: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': lang.value, ...o.headers }
  if (method !== 'get') headers['X-CSRF-Token'] = csrf
  let body: string | undefined
  if (o.text !== undefined) {
    body = o.text
    headers['Content-Type'] = 'text/csv'
  } else if (method !== 'get' && method !== 'delete') {
    body = JSON.stringify(o.body ?? {})
    headers['Content-Type'] = 'application/json'
  }
  let r: Response
  try {
    r = await fetch(url_of(path, o), { method: method.toUpperCase(), headers, body, signal: o.signal, credentials: 'same-origin' })
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e
    throw new ApiError(0, 'no_answer', '没有收到服务器的回答', 'the server did not answer', method === 'get' ? false : null)
  }
  if (r.ok) return r
  const e = await error_of(r)
  if (e.code === 'confirm_needed' && (await on_confirm())) return send(method, path, o)
  if (r.status === 401 && e.code === 'not_signed_in' && path !== '/session') on_signed_out()
  throw e
}

export async function call<M extends Method, P extends PathsWith<M>>(method: M, path: P, o: CallOptions = {}): Promise<Answer<P, M>> {
  const r = await send(method, path as string, o)
  if (r.status === 204) return undefined as Answer<P, M>
  return (await r.json()) as Answer<P, M>
}

export async function file_get(path: string, o: CallOptions = {}): Promise<Blob> {
  return (await send('get', path, o)).blob()
}

/* A file out of a file. */
export async function file_post(path: string, o: CallOptions): Promise<Blob> {
  return (await send('post', path, o)).blob()
}

/* A list, whatever its rows are. */
export interface ListPage<R> {
  rows: R[]
  next: string | null
  total: number
  total_is_exact: boolean
}
export async function list_get<R>(path: string, o: CallOptions): Promise<ListPage<R>> {
  return (await (await send('get', path, o)).json()) as ListPage<R>
}
