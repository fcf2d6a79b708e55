/* Steps of a trace: identifier, stable name, the sentence a patient reads in Chinese, in English.
 *
 * In a sentence {} is the amount of the step, {a} and {b} its inputs as amounts, {a%} as a rate,
 * {a#} as a count, {why} the reason for not paying.
 */
STEP(NOT_COVERED, "not_covered",
     "医保不支付这张账单：{why}，{} 元全部由个人负担。",
     "The insurance does not pay this bill: {why}; all {} yuan are the patient's.")
STEP(TOTAL, "total", /* a: lines */
     "医疗费总额 {} 元，共 {a#} 项。",
     "The bill is {} yuan; lines: {a#}.")
STEP(OWN, "own",
     "全自费（丙类或目录外）{} 元。",
     "{} yuan are outside the catalogue.")
STEP(OVER_LIMIT, "over_limit",
     "超过限价、由个人负担 {} 元。",
     "{} yuan are above price limits.")
STEP(PAY_FIRST, "pay_first",
     "乙类先行自付 {} 元。",
     "{} yuan are the patient's first share of class B items.")
STEP(ROUTE_SHARE, "route_share",
     "异地就医先行自付 {} 元。",
     "{} yuan are the patient's first share for treatment out of area.")
STEP(IN_SCOPE, "in_scope",
     "政策范围内费用 {} 元。",
     "{} yuan are in scope.")
STEP(SKIPPED, "skipped",
     "不符合条件，不计算。",
     "does not apply.")
STEP(BASE, "base",
     "计算基数 {} 元。",
     "works on {} yuan.")
STEP(EXPENSE_CAP, "expense_cap", /* a: limit, b: base */
     "费用限额 {a} 元，本次可计入 {} 元。",
     "the limit on expense is {a} yuan; {} yuan count now.")
STEP(DEDUCTIBLE_NOMINAL, "deductible_nominal",
     "起付线 {} 元。",
     "the deductible is {} yuan.")
STEP(DEDUCTIBLE, "deductible", /* a: still to be met, b: what may meet it */
     "尚应承担起付线 {a} 元，本次实际承担 {} 元。",
     "{a} yuan of it are still to be met; {} yuan are met now.")
STEP(SEGMENT, "segment", /* a: rate, b: payment */
     "{} 元按 {a%} 支付，为 {b} 元。",
     "{} yuan at {a%} are {b} yuan.")
STEP(OVER_CAP, "over_cap",
     "超过限额、本层不付 {} 元。",
     "{} yuan are above its limit.")
STEP(CUMULATIVE, "cumulative", /* a: before, b: this bill */
     "年度累计 {} 元（此前 {a} 元，加本次 {b} 元）。",
     "{} yuan in the year ({a} before, {b} now).")
STEP(ENTITLED, "entitled",
     "按年度累计应付 {} 元。",
     "{} yuan are due for the year so far.")
STEP(ALREADY_PAID, "already_paid",
     "此前已付 {} 元。",
     "{} yuan of that were paid before.")
STEP(TARGET, "target", /* a: rate, b: paid so far */
     "应补足到 {a%}，即 {} 元；前面各层已付 {b} 元。",
     "tops up to {a%}, that is {} yuan; {b} yuan are paid already.")
STEP(CAP_LEFT, "cap_left", /* a: cap */
     "最高支付限额 {a} 元，还可支付 {} 元。",
     "the limit is {a} yuan; {} yuan of it are left.")
STEP(PAID, "paid",
     "支付 {} 元。",
     "pays {} yuan.")
STEP(FUND_TOTAL, "fund_total",
     "各项基金共支付 {} 元。",
     "All funds together pay {} yuan.")
STEP(HOSPITAL_PART, "hospital_part",
     "医院负担 {} 元。",
     "The hospital bears {} yuan.")
STEP(PERSONAL_PART, "personal_part",
     "个人负担 {} 元。",
     "The patient's part is {} yuan.")
STEP(ACCOUNT, "account",
     "其中个人账户支付 {} 元。",
     "{} yuan of it come from the personal account.")
STEP(FAMILY_ACCOUNT, "family_account",
     "家庭共济账户支付 {} 元。",
     "{} yuan of it come from the family account.")
STEP(CASH, "cash",
     "需付现金 {} 元。",
     "{} yuan are to be paid in cash.")
#undef STEP
