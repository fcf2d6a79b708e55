// Long jobs: they run on while one works, can be cancelled, and keep their result.
import { reactive } from 'vue'

export interface Task {
  id: number
  title: string
  state: 'running' | 'done' | 'failed' | 'cancelled'
  error: unknown
  file: { url: string; name: string } | null
  cancel: () => void
}
export const tasks = reactive({ rows: [] as Task[], open: false })
let next = 1

export function task_start(title: string, name: string, job: (signal: AbortSignal) => Promise<Blob>): void {
  const stop = new AbortController()
  tasks.rows.unshift({ id: next++, title, state: 'running', error: null, file: null, cancel: () => stop.abort() })
  const t = tasks.rows[0]
  tasks.open = true
  job(stop.signal).then(
    (blob) => {
      t.file = { url: URL.createObjectURL(blob), name }
      t.state = 'done'
    },
    (e) => {
      t.state = stop.signal.aborted ? 'cancelled' : 'failed'
      t.error = e
    },
  )
}
export function task_drop(t: Task): void {
  if (t.file) URL.revokeObjectURL(t.file.url)
  tasks.rows = tasks.rows.filter((x) => x.id !== t.id)
}
