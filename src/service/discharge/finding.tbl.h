/* What can be wrong with a settlement list.  FINDING(id, name, severity, zh); severity 2: wrong, 1: to look at.  Append
 * only: the names are part of the answers. */
FINDING(NO_MAIN_DX, "no_main_diagnosis", 2, "没有主要诊断")
FINDING(SEVERAL_MAIN_DX, "several_main_diagnoses", 2, "主要诊断多于一个")
FINDING(UNKNOWN_DX, "unknown_diagnosis", 2, "诊断编码不在分组方案的编码库")
FINDING(UNKNOWN_PROCEDURE, "unknown_procedure", 2, "手术操作编码不在分组方案的编码库")
FINDING(FUND_DIFFERS, "fund_differs", 2, "基金支付金额与结算不一致")
FINDING(DAYS_ORDER, "days_order", 2, "结束日期早于开始日期")
FINDING(DAYS_DIFFER, "days_differ", 1, "日期与结算不一致")
FINDING(OUTSIDE_STAY, "outside_stay", 1, "手术操作不在住院期间")
FINDING(BAD_DURATION, "bad_duration", 2, "时长应为 天/小时/分钟")
FINDING(NEWBORN_WEIGHT, "newborn_weight", 2, "新生儿没有体重")
FINDING(AGE_DIFFERS, "age_differs", 1, "天龄与参保人出生日期不一致")
FINDING(NO_SEX, "no_sex", 2, "参保人没有性别")
FINDING(NO_AGE, "no_age", 2, "参保人没有出生日期，清单没有天龄")
FINDING(NO_WAY, "no_discharge_way", 1, "没有离院方式")
FINDING(NO_GROUP, "no_group", 1, "未能分组")
#undef FINDING
