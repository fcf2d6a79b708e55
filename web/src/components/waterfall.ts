// From the bars of the server to rows with a place: the total, what others pay, what I pay, and what that is made of.
import type { Schemas } from '@/api/client'
import { fen, sum } from '@/lib/money'
import { said } from '@/i18n'

type Settlement = Schemas['Settlement']
export interface FlowRow {
  key: string
  name: string
  amount: string
  from: number
  to: number
  personal: boolean
  first_personal: boolean
  there: boolean
  text: string
  basis: string[]
}
const own_parts = ['own', 'over_limit', 'pay_first', 'route_share', 'deductible', 'over_cap', 'copay']
const last = ['total', 'cash']
const order = (key: string): number =>
  key === 'total' ? 0 : key.startsWith('fund:') ? 1 : key === 'hospital_part' ? 2 : key === 'account' ? 3 : key === 'family_account' ? 4 : key === 'cash' ? 6 : 5

/* `keys` puts the rows of two settlements into the same order */
export function flow_rows(s: Settlement, keys?: string[]): FlowRow[] {
  const bars = new Map(s.waterfall.map((b) => [b.key, b]))
  const size = (key: string): number => Math.abs(Number(fen(bars.get(key)?.amount ?? '0'))) / 100
  const personal = (key: string): boolean => bars.get(key)?.personal ?? own_parts.includes(key)
  let level = size('total')
  let mine = 0
  // the row above the parts of the personal share is called `personal`; it is nobody's bar
  const rows: FlowRow[] = []
  let first = true
  const parts = sum(s.waterfall.filter((b) => personal(b.key)).map((b) => b.amount))
  for (const key of keys ?? flow_keys([s])) {
    const b = bars.get(key)
    const n = size(key)
    const is_own = personal(key)
    if (is_own && first) {
      rows.push({ key: 'personal', name: '', amount: parts, from: 0, to: mine, personal: false, first_personal: true, there: true, text: '', basis: [] })
      first = false
    }
    let from = 0
    let to = n
    if (is_own) {
      to = mine
      from = mine = Math.max(0, mine - n)
    } else if (!last.includes(key)) {
      to = level
      from = level = Math.max(0, level - n)
      // what the accounts pay is mine too: the parts below start above it
      if (key === 'account' || key === 'family_account') mine += n
    } else if (key === 'cash') mine += n
    rows.push({
      key, name: b ? said(b) : '', amount: b?.amount ?? '0.00', from, to, personal: is_own,
      first_personal: false, there: !!b, text: b?.text ?? '', basis: b?.basis ?? [],
    })
  }
  return rows
}

export function flow_keys(list: Settlement[]): string[] {
  const keys: string[] = []
  for (const s of list) for (const b of s.waterfall) if (!keys.includes(b.key)) keys.push(b.key)
  const rank = (key: string): number => (own_parts.includes(key) ? 7 + own_parts.indexOf(key) : order(key))
  return keys.map((k, i) => ({ k, i })).sort((a, b) => rank(a.k) - rank(b.k) || a.i - b.i).map((x) => x.k)
}
