/* The roles at the start; what is stored in role_right counts from then on. */
ROLE(/* word */ "clerk",
     /* zh */ "经办",
     /* en */ "clerk", /* rights */
     "person.read settlement.preview settlement.settle settlement.read settlement.reverse "
     "settlement.reverse_own settlement.manual provider.read catalogue.read policy.read "
     "approval.read person.unmask casemix.group submission.read submission.make review.read "
     "review.check dispute.read")
ROLE("supervisor",
     "复核",
     "supervisor",
     "person.read settlement.read settlement.reverse_approve settlement.manual_approve "
     "approval.read provider.read catalogue.read policy.read export person.unmask "
     "casemix.group "
     "clearing.read clearing.confirm submission.read "
     "gateway.read filing.decide review.read review.check dispute.read dispute.decide")
ROLE("data",
     "资料",
     "data keeper",
     "person.read person.write provider.read provider.write catalogue.read catalogue.write "
     "policy.read import casemix.group")
ROLE("finance",
     "财务",
     "finance",
     "settlement.read provider.read policy.read export casemix.group clearing.read clearing.make "
     "clearing.pay submission.read submission.clear "
     "gateway.read gateway.reconcile dispute.read")
ROLE("hospital",
     "医院医保办",
     "insurance office of a hospital",
     "person.read settlement.preview settlement.settle settlement.read settlement.reverse_own "
     "provider.read catalogue.read policy.read casemix.group "
     "gateway.read submission.read submission.make review.read review.check dispute.read dispute.file")
ROLE("head",
     "领导",
     "head of the office",
     "settlement.read provider.read catalogue.read policy.read approval.read casemix.group "
     "clearing.read "
     "gateway.read submission.read review.read dispute.read")
ROLE("interface_reader", "接口查看", "gateway reader", "gateway.read provider.read")
ROLE("interface_operator",
     "接口运维",
     "gateway operator",
     "gateway.read gateway.unmask gateway.write gateway.reconcile provider.read export")
ROLE("system_admin", "系统管理员", "system administrator", "user.read user.write")
ROLE("security_admin", "安全管理员", "security administrator", "user.read role.write")
ROLE("audit_admin", "审计管理员", "audit administrator", "audit.read")
#undef ROLE
