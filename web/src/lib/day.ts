const two = (n: number): string => String(n).padStart(2, '0')

export function day_of(d: Date): string {
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}
export function today(): string {
  return day_of(new Date())
}
/* a moment of the server in the time of the reader: 2026-11-21 16:00 */
export function moment_text(s: string | null | undefined): string {
  if (!s) return ''
  const d = new Date(s)
  return `${day_of(d)} ${two(d.getHours())}:${two(d.getMinutes())}`
}
/* whole years on a day */
export function age_on(birth_on: string, on: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(birth_on)) return null
  return Number(on.slice(0, 4)) - Number(birth_on.slice(0, 4)) - (on.slice(5) < birth_on.slice(5) ? 1 : 0)
}
