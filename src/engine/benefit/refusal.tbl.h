/* Why a policy has no answer for a bill.  Stable names; append only. */
REFUSAL(NO_STACK,
        "no_stack",
        "政策没有规定这类就诊的待遇",
        "the policy has no benefit for this kind of visit")
REFUSAL(NO_ROW, "no_row", "政策表中没有适用的行", "no row of the policy table applies")
REFUSAL(NO_CLASS, "no_class", "明细的费用类别不是甲、乙、丙", "the line has no class A, B or C")
REFUSAL(NO_SHARE, "no_share", "乙类明细没有先行自付比例", "the class B line has no pay-first share")
REFUSAL(NO_AMOUNT, "no_amount", "明细没有金额", "the line has no amount")
REFUSAL(NO_DATE, "no_date", "没有就诊日期", "the visit has no date")
REFUSAL(NO_ENTITLEMENT_ROW,
        "no_entitlement_row",
        "没有适用的待遇享受规则",
        "no waiting-period rule applies")
REFUSAL(TOO_LARGE,
        "too_large",
        "金额或累计超出可计算范围",
        "an amount or total is beyond what can be computed")
#undef REFUSAL
