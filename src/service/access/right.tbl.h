/* What a user may be allowed to do.  Append only: the words are stored. */
RIGHT(/* id */ PERSON_READ,
      /* word */ "person.read",
      /* zh */ "查询人员",
      /* en */ "look up persons")
RIGHT(PERSON_WRITE, "person.write", "维护人员", "change persons")
RIGHT(PERSON_UNMASK, "person.unmask", "查看完整身份信息", "see identities in full")
RIGHT(PROVIDER_READ, "provider.read", "查询机构", "look up providers")
RIGHT(PROVIDER_WRITE, "provider.write", "维护机构和协议", "change providers and agreements")
RIGHT(CATALOGUE_READ, "catalogue.read", "查询目录", "look up the catalogue")
RIGHT(CATALOGUE_WRITE, "catalogue.write", "维护目录", "change the catalogue")
RIGHT(POLICY_READ, "policy.read", "阅读政策", "read policies")
RIGHT(SETTLEMENT_PREVIEW, "settlement.preview", "预结算", "preview a settlement")
RIGHT(SETTLEMENT_SETTLE, "settlement.settle", "结算", "settle a bill")
RIGHT(SETTLEMENT_OVERRIDE,
      "settlement.override",
      "改写目录等级和限价",
      "override class and limits of the catalogue")
RIGHT(SETTLEMENT_MANUAL, "settlement.manual", "受理手工报销", "enter late paper claims")
RIGHT(SETTLEMENT_MANUAL_APPROVE,
      "settlement.manual_approve",
      "复核手工报销",
      "approve late paper claims")
RIGHT(SETTLEMENT_READ, "settlement.read", "查询结算", "look up settlements")
RIGHT(SETTLEMENT_REVERSE, "settlement.reverse", "申请撤销或退费", "ask for a reversal or refund")
RIGHT(SETTLEMENT_REVERSE_OWN,
      "settlement.reverse_own",
      "当日自行撤销",
      "reverse one's own settlement of the same day")
RIGHT(SETTLEMENT_REVERSE_APPROVE,
      "settlement.reverse_approve",
      "复核撤销和退费",
      "approve reversals and refunds")
RIGHT(APPROVAL_READ, "approval.read", "查看待办", "see what waits for approval")
RIGHT(EXPORT, "export", "导出", "export lists")
RIGHT(IMPORT, "import", "导入", "import files")
RIGHT(USER_READ, "user.read", "查询用户", "look up users")
RIGHT(USER_WRITE, "user.write", "维护用户", "create and disable users")
RIGHT(ROLE_WRITE, "role.write", "授权", "give and take roles")
RIGHT(AUDIT_READ, "audit.read", "查看审计", "read the audit log")
RIGHT(CASEMIX_GROUP, "casemix.group", "病例分组", "group discharges")
RIGHT(CLEARING_READ, "clearing.read", "查看异地清算", "see what areas owe each other")
RIGHT(CLEARING_MAKE, "clearing.make", "生成异地清算单", "make statements for other areas")
RIGHT(CLEARING_CONFIRM, "clearing.confirm", "确认异地清算单", "confirm statements of other areas")
RIGHT(CLEARING_PAY, "clearing.pay", "拨付异地清算款", "pay statements of other areas")
RIGHT(GATEWAY_READ, "gateway.read", "查看接口运行和报文", "watch the gateway and its messages")
RIGHT(GATEWAY_UNMASK, "gateway.unmask", "查看未遮蔽的报文", "see messages unmasked")
RIGHT(GATEWAY_RECONCILE, "gateway.reconcile", "处理对账差异", "resolve differences with providers")
RIGHT(GATEWAY_WRITE, "gateway.write", "维护接口接入和密钥", "admit systems and make their keys")
RIGHT(FILING_DECIDE, "filing.decide", "审核备案", "decide filings of providers")
RIGHT(SUBMISSION_READ, "submission.read", "查看结算申报", "see what providers submitted")
RIGHT(SUBMISSION_MAKE, "submission.make", "申报结算", "submit a month of settlements")
RIGHT(SUBMISSION_CLEAR, "submission.clear", "核销回款", "clear what was received")
RIGHT(REVIEW_READ, "review.read", "查看审核规则和提醒", "see review rules and what they found")
RIGHT(REVIEW_CHECK, "review.check", "用审核规则预审账单", "try a bill on the review rules")
RIGHT(DISPUTE_READ, "dispute.read", "查看清单分组和争议", "see the groups of settlement lists and disputes")
RIGHT(DISPUTE_FILE, "dispute.file", "对分组提出争议", "contest a group")
RIGHT(DISPUTE_DECIDE, "dispute.decide", "裁定分组争议", "decide disputes over a group")
#undef RIGHT
