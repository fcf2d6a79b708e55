/* The acceptance sequence, from sign-in to reconciliation: key, transaction, what has to be seen, who takes it
 * (H = hospital or clinic, S = with
 * beds, P = pharmacy, A = all), what it is called.  Seen: OK = one that was done, REPLAY = the first
 * answer once more, BALANCED = totals that agree, CODE = refused with that code.
 */
STEP(sign_in, "9001", OK, A, "签到", "sign in")
STEP(person, "1101", OK, A, "人员信息", "person")
STEP(institution, "1201", OK, A, "机构信息", "institution")
STEP(benefit, "2001", OK, H, "待遇检查", "entitlement")
STEP(register, "2201", OK, H, "门诊挂号", "registration")
STEP(visit, "2203", OK, H, "就诊信息", "visit")
STEP(upload, "2204", OK, H, "费用明细", "items")
STEP(preview, "2206", OK, H, "门诊预结算", "preview")
STEP(settle, "2207", OK, H, "门诊结算", "settlement")
STEP(replay,
     "",
     REPLAY,
     A,
     "原报文重发，得到首次应答",
     "the same message once more: the first answer")
STEP(changed_body, "", CHANGED, A, "同号异文被拒", "another body under the same number: refused")
STEP(query, "5203", OK, H, "结算查询", "settlement looked up")
STEP(reverse, "2208", OK, H, "门诊结算撤销", "reversal")
STEP(cancel, "2601", OK, A, "按报文冲正", "undone by message number")
STEP(admit, "2401", OK, S, "入院", "admission")
STEP(stay_items, "2301", OK, S, "住院明细", "items of a stay")
STEP(discharge, "2402", OK, S, "出院", "discharge")
STEP(stay_preview, "2303", OK, S, "住院预结算", "preview of a stay")
STEP(stay_settle, "2304", OK, S, "住院结算", "settlement of a stay")
STEP(stay_reverse, "2305", OK, S, "住院结算撤销", "reversal of a stay")
STEP(pharmacy_preview, "2101", OK, P, "药店预结算", "preview in a pharmacy")
STEP(pharmacy_settle, "2102", OK, P, "药店结算", "settlement in a pharmacy")
STEP(pharmacy_reverse, "2103", OK, P, "药店结算撤销", "reversal in a pharmacy")
STEP(totals, "3201", BALANCED, A, "对总账相符", "totals agree")
STEP(details, "3202", OK, A, "对明细账", "settlements one by one")
STEP(sign_out, "9002", OK, A, "签退", "sign out")
#undef STEP
