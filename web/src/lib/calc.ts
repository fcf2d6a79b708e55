// The bill of a visitor: amounts by class, or lines; and what he would like to know instead ("what if").
import type { Schemas } from '@/api/client'
import { scaled } from '@/lib/money'
import { today } from '@/lib/day'

export interface CalcForm {
  scheme: string
  status: string
  category: string
  birth_date: string
  visit_kind: string
  level: string
  route: string
  disease: string
  date: string
  admit_date: string
  account: string
  by: 'class' | 'lines'
  A: string
  B: string
  C: string
  b_share: string
  lines: { name: string; item_class: string; amount: string }[]
}
export function calc_start(): CalcForm {
  return {
    scheme: 'resident', status: 'resident', category: '', birth_date: '', visit_kind: 'inpatient', level: 'l2', route: '', disease: '',
    date: today(), admit_date: '', account: '', by: 'class', A: '20000', B: '8000', C: '1000', b_share: '',
    lines: [{ name: '', item_class: 'A', amount: '' }],
  }
}
/* which fields are wrong: their names to a key of i18n */
export function calc_problems(f: CalcForm): Record<string, string> {
  const wrong: Record<string, string> = {}
  const money = (key: string, s: string): void => {
    if (s !== '' && (scaled(s, 2) === null || s.startsWith('-'))) wrong[key] = 'calc.bad_amount'
  }
  if (!f.scheme) wrong.scheme = 'form.required'
  if (!f.date) wrong.date = 'form.required'
  if (f.admit_date && f.admit_date > f.date) wrong.admit_date = 'calc.bad_order'
  money('account', f.account)
  if (f.b_share !== '' && !/^\d{1,2}(\.\d+)?$|^100$/.test(f.b_share)) wrong.b_share = 'calc.bad_share'
  const amounts = f.by === 'class' ? [['A', f.A], ['B', f.B], ['C', f.C]] : f.lines.map((l, i) => [`line${i}`, l.amount])
  for (const [k, v] of amounts) money(k, v)
  if (!Object.keys(wrong).length && !amounts.some(([, v]) => v && scaled(v, 2) !== 0n)) wrong[amounts[0][0]] = 'calc.no_amount'
  return wrong
}
export function calc_bill(f: CalcForm): Schemas['Bill'] {
  const share = f.b_share ? { pay_first: f.b_share + '%' } : {}
  const line = (c: string, amount: string, name?: string): Schemas['BillLine'] => ({
    class: c as 'A', amount, ...(name ? { name } : {}), ...(c === 'B' ? share : {}),
  })
  const lines = f.by === 'class'
    ? (['A', 'B', 'C'] as const).filter((c) => f[c] && scaled(f[c], 2) !== 0n).map((c) => line(c, f[c]))
    : f.lines.filter((l) => l.amount && scaled(l.amount, 2) !== 0n).map((l) => line(l.item_class, l.amount, l.name))
  const some = (o: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(o).filter(([, v]) => v))
  return {
    person: {
      scheme: f.scheme,
      ...some({ status: f.status, birth_date: f.birth_date }),
      ...(f.category ? { categories: [f.category] } : {}),
      ...(f.account ? { accounts: { current: f.account } } : {}),
    },
    provider: some({ level: f.level }),
    visit: { kind: f.visit_kind, date: f.date, ...some({ admit_date: f.admit_date, route: f.route, disease: f.disease }) },
    lines,
  }
}
