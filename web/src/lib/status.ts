// One dictionary of states: the same word always has the same colour.  The words stand in i18n under `status`.
export type Tone = 'good' | 'warn' | 'bad' | 'plain'
const tones: Record<string, Tone> = {
  settled: 'good', not_covered: 'warn', reversed: 'plain', refused: 'bad',
  settle: 'plain', reverse: 'warn', refund: 'warn', manual: 'plain', filing: 'plain',
  live: 'good', unseen: 'warn',
  open: 'warn', approved: 'good', withdrawn: 'plain',
  signed: 'good', suspended: 'warn', terminated: 'bad',
  active: 'good', locked: 'warn', disabled: 'bad',
  running: 'plain', done: 'good', failed: 'bad', cancelled: 'plain',
  ok: 'good', equal: 'good', resolved: 'good', superseded: 'plain',
  booked: 'plain', made: 'warn', confirmed: 'warn', paid: 'good', applied: 'warn',
  checked: 'plain', valid: 'good', passed: 'good', waiting: 'plain', submitted: 'warn', cleared: 'good',
  remind: 'plain', warn: 'warn', refuse: 'bad', continued: 'warn', changed: 'good',
  filed: 'warn', returned: 'warn', upheld: 'good', dismissed: 'plain', draft: 'plain', rejected: 'bad',
  grouped: 'good', ungrouped: 'warn', invalid: 'bad',
}
export function tone_of(state: string): Tone {
  return tones[state] ?? 'plain'
}
