// A bill as it is typed at the counter, and the bill as the server takes it.
import type { Schemas } from '@/api/client'
import { amount_fen, fen, scaled, yuan } from '@/lib/money'

export interface BillRow {
  id: number
  text: string // what stands in the box
  code: string
  name: string
  item_class: string
  quantity: string
  unit_price: string
  amount: string // of an imported line without a price
  date: string
  spec: string
  unit: string
  limit: string | null
  pay_first: string | null
  known: boolean // picked from the catalogue
}
let next = 1
export function line_new(over: Partial<BillRow> = {}): BillRow {
  return { id: next++, text: '', code: '', name: '', item_class: '', quantity: '1', unit_price: '', amount: '', date: '', spec: '', unit: '', limit: null, pay_first: null, known: false, ...over }
}
export const is_empty = (r: BillRow): boolean => !r.text && !r.unit_price && !r.amount

/* "0.quantity" -> what is wrong, as a key of i18n */
export function line_problems(rows: BillRow[]): Record<string, string> {
  const wrong: Record<string, string> = {}
  rows.forEach((r, i) => {
    if (is_empty(r)) return
    if (!r.code) wrong[`${i}.code`] = 'counter.no_code'
    const q = scaled(r.quantity, 4)
    if (q === null || q <= 0n) wrong[`${i}.quantity`] = 'counter.bad_quantity'
    const price = r.amount ? scaled(r.amount, 2) : scaled(r.unit_price, 4)
    if (price === null || price < 0n) wrong[`${i}.unit_price`] = 'counter.bad_price'
  })
  return wrong
}
export function total_of(rows: BillRow[]): string {
  return yuan(rows.reduce((s, r) => s + (r.amount ? fen(r.amount) : (amount_fen(r.quantity || '1', r.unit_price) ?? 0n)), 0n))
}
/* only what the catalogue does not know carries a class of its own */
export function lines_out(rows: BillRow[]): Schemas['BillLine'][] {
  return rows.filter((r) => !is_empty(r)).map((r) => ({
    code: r.code,
    quantity: r.quantity,
    ...(r.amount ? { amount: r.amount } : { unit_price: r.unit_price }),
    ...(r.date ? { date: r.date } : {}),
    ...(!r.known && r.name ? { name: r.name } : {}),
    ...(!r.known && r.item_class ? { class: r.item_class as 'A' } : {}),
  }))
}
/* a number of the bill by which it can be found again, whatever happens to the answer */
export function bill_no_make(): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const d = new Date()
  const tail = Array.from(crypto.getRandomValues(new Uint8Array(3)), (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase()
  return `G${d.getFullYear()}${two(d.getMonth() + 1)}${two(d.getDate())}${two(d.getHours())}${two(d.getMinutes())}${two(d.getSeconds())}${tail}`
}
export function key_make(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}
