// Which role holds a right when nobody has changed the roles: only to say whom to ask.
const usual: Record<string, string> = {
  clerk: 'person.read settlement.preview settlement.settle settlement.read settlement.reverse settlement.reverse_own settlement.manual provider.read catalogue.read policy.read approval.read person.unmask casemix.group',
  supervisor: 'person.read settlement.read settlement.reverse_approve settlement.manual_approve approval.read provider.read catalogue.read policy.read export person.unmask casemix.group clearing.read clearing.confirm filing.decide dispute.read dispute.decide',
  finance: 'clearing.read clearing.make clearing.pay gateway.read gateway.reconcile',
  hospital: 'dispute.read dispute.file',
  data: 'person.write provider.write catalogue.write import',
  interface_operator: 'gateway.read gateway.unmask gateway.write gateway.reconcile provider.read export',
  system_admin: 'user.read user.write',
  security_admin: 'user.read role.write',
  audit_admin: 'audit.read',
}
export function holders_of(right: string): string[] {
  return Object.keys(usual).filter((r) => usual[r].split(' ').includes(right))
}
/* roles that one person cannot hold together */
const admins = ['system_admin', 'security_admin', 'audit_admin']
export function duty_conflict(roles: string[]): boolean {
  const held = roles.filter((r) => admins.includes(r))
  return held.length > 1 || (held.length === 1 && roles.length > 1)
}
