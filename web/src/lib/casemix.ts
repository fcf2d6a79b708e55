// Discharges: a form, a file in pieces, a path as a tree.
import type { Schemas } from '@/api/client'

export type GroupRow = Schemas['GroupRow']
export type DipRow = Schemas['DipRow']
export type GroupStep = Schemas['GroupStep']

// ---- a path as a tree ----
export interface PathNode {
  step: GroupStep
  passed: boolean // did not fit: told, but in the background
  below: PathNode[]
}
const above: Record<string, string[]> = {
  // under what a step belongs, nearest first; none: it stands by itself
  term: ['drg', 'adrg', 'mdc'], adrg_passed: ['mdc', 'mdc_passed'], adrg: ['mdc'], missing: ['adrg_passed', 'mdc_passed', 'adrg', 'mdc'],
  mcc: ['adrg'], cc: ['adrg'], mcc_excluded: ['adrg'], cc_excluded: ['adrg'], other_level: ['adrg'], drg: ['adrg'],
}
export function path_tree(path: GroupStep[]): PathNode[] {
  const roots: PathNode[] = []
  let open: PathNode[] = [] // the way to what was added last
  for (const step of path) {
    const node: PathNode = { step, passed: /_passed$|^other_level$|^missing$/.test(step.step), below: [] }
    const wanted = above[step.step] ?? []
    let at = open.length - 1
    while (at >= 0 && !wanted.includes(open[at].step.step)) at--
    open = at < 0 ? [] : open.slice(0, at + 1)
    ;(at < 0 ? roots : open[at].below).push(node)
    open.push(node)
  }
  return roots
}

// ---- a file in pieces ----
/* Cuts after whole rows; each piece begins with the header.  Line ends inside quotes are no ends. */
export function csv_pieces(text: string, bytes: number): string[] {
  const s = text.replace(/^\uFEFF/, '')
  const ends: number[] = []
  let quoted = false
  let from = 0
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i)
    if (c === 34) quoted = !quoted
    else if (c === 10 && !quoted && (ends.length === 0 || i - from >= bytes)) {
      ends.push(i + 1)
      from = i + 1
    }
  }
  if (ends[ends.length - 1] !== s.length) ends.push(s.length)
  const header = s.slice(0, ends[0])
  return ends.slice(1).map((end, i) => header + s.slice(ends[i], end))
}

// ---- sums ----
export interface Tally {
  cases: number
  grouped: number
  ungrouped: number
  invalid: number
  weighted: number
  cmi: number | null
}
export function tally_of(rows: GroupRow[]): Tally {
  const n = (s: string): number => rows.reduce((k, r) => k + (r.status === s ? 1 : 0), 0)
  let weighted = 0
  let sum = 0
  for (const r of rows) if (r.weight !== null) (weighted++, (sum += Number(r.weight)))
  return { cases: rows.length, grouped: n('grouped'), ungrouped: n('ungrouped'), invalid: n('invalid'), weighted, cmi: weighted ? sum / weighted : null }
}
export interface Share {
  key: string
  label: string
  value: number
  text: string
  strong?: boolean
}
export interface DipTally {
  cases: number
  grouped: number
  ungrouped: number
  invalid: number
  points: string // of all cases, four decimals
  mean: string // of a case that has points
  low: number
  high: number
}
/* Points have four decimals: they are added up as whole numbers. */
export function dip_tally_of(rows: DipRow[]): DipTally {
  const n = (f: (r: DipRow) => boolean): number => rows.reduce((k, r) => k + (f(r) ? 1 : 0), 0)
  let sum = 0
  let with_points = 0
  for (const r of rows) if (r.points) (with_points++, (sum += Math.round(Number(r.points) * 10000)))
  return {
    cases: rows.length, grouped: n((r) => r.status === 'grouped'), ungrouped: n((r) => r.status === 'ungrouped'), invalid: n((r) => r.status === 'invalid'),
    points: (sum / 10000).toFixed(4), mean: with_points ? (sum / 10000 / with_points).toFixed(2) : '–', low: n((r) => r.deviation === 'low'), high: n((r) => r.deviation === 'high'),
  }
}
/* How often each value stands there, most first. */
export function shares<R>(rows: R[], key: (r: R) => string, label: (r: R) => string): Share[] {
  const found = new Map<string, Share>()
  for (const r of rows) {
    const k = key(r)
    if (!k) continue
    const s = found.get(k)
    if (s) s.value++
    else found.set(k, { key: k, label: label(r), value: 1, text: '' })
  }
  const all = [...found.values()].sort((a, b) => b.value - a.value || a.key.localeCompare(b.key))
  for (const s of all) s.text = `${s.value.toLocaleString('en-US')} · ${((100 * s.value) / rows.length).toFixed(1)}%`
  return all
}
