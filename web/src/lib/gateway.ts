// Figures of the gateway as people read them.
export function count_text(n: number): string {
  return n === 0 ? '–' : n.toLocaleString('en-US')
}
/* 12% of all; a little is never told as nothing */
export function share_text(part: number, all: number): string {
  if (!part || !all) return '–'
  const share = (100 * part) / all
  return share < 0.1 ? '<0.1%' : `${share >= 10 ? Math.round(share) : share.toFixed(1)}%`
}
/* microseconds, as ms or s */
export function ms_text(us: number): string {
  if (!us) return '–'
  if (us < 10000) return `${(us / 1000).toFixed(1)} ms`
  return us < 1000000 ? `${Math.round(us / 1000)} ms` : `${(us / 1000000).toFixed(1)} s`
}
/* JSON of one line, to be read */
export function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
