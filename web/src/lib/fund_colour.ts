// The same fund has the same colour everywhere; the palette keeps apart for the colour-blind.
const colours: Record<string, string> = {
  hifp_pay: '#1f6f7f', hifmi_pay: '#d08a1d', maf_pay: '#7b5ea7', hifob_pay: '#4c94cf', cvlserv_pay: '#5c7f2e',
  hifdm_pay: '#8d5a6b', hifes_pay: '#3f5f9e', oth_pay: '#8a6b4a', hosp_part_amt: '#7d8b93',
  pool: '#1f6f7f', catastrophic: '#d08a1d', catastrophic_poor: '#d08a1d', assistance: '#7b5ea7', further_assistance: '#7b5ea7', large_amount: '#4c94cf',
  mutual_aid: '#4c94cf', civil_servant: '#5c7f2e', soldier: '#8d5a6b', enterprise: '#3f5f9e', tilt: '#a9558a', hospital: '#7d8b93',
  account: '#6fa0b8', family_account: '#93bccb',
  total: '#9aa7ae', personal: '#e2e7ea', cash: '#37444b',
  own: '#b9c2c7', over_limit: '#a9b4ba', pay_first: '#98a5ac', deductible: '#87959d', copay: '#76858e',
}
/* by national field or by payer */
export function colour_of(key: string): string {
  const k = key.replace('fund:', '')
  return colours[k] ?? (key.startsWith('fund:') ? colours.oth_pay : '#7d8b93')
}
