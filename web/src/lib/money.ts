// Exact decimals in strings: nothing here passes through binary fractions.

/* "12.3" with `places` -> 12300n for 3; null when it is no number or has more decimals */
export function scaled(s: string, places: number): bigint | null {
  const m = /^(-?)(\d+)(?:\.(\d*))?$/.exec(s.trim())
  if (!m || (m[3] ?? '').replace(/0+$/, '').length > places) return null
  const n = BigInt(m[2] + (m[3] ?? '').slice(0, places).padEnd(places, '0'))
  return m[1] ? -n : n
}

export function fen(s: string | null | undefined): bigint {
  return scaled(s ?? '0', 2) ?? 0n
}

export function yuan(n: bigint): string {
  const s = (n < 0n ? -n : n).toString().padStart(3, '0')
  return (n < 0n ? '-' : '') + s.slice(0, -2) + '.' + s.slice(-2)
}

/* "-1234567.80" -> "-1,234,567.80" */
export function grouped(s: string): string {
  const [whole, rest] = s.split('.')
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : '.' + rest)
}

/* quantity x unit price in fen, half up; null when one of them is no number */
export function amount_fen(quantity: string, unit_price: string): bigint | null {
  const q = scaled(quantity, 4)
  const p = scaled(unit_price, 4)
  if (q === null || p === null) return null
  return (q * p + 500000n) / 1000000n
}

export function sum(list: (string | null | undefined)[]): string {
  return yuan(list.reduce((t, s) => t + fen(s), 0n))
}

/* a price with four decimals as people write it: "8.6400" -> "8.64", "0.0125" stays */
export function price(s: string | null | undefined): string {
  return s ? grouped(s.replace(/(\.\d\d\d*?)0+$/, '$1')) : '–'
}
