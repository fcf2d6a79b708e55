/* Why a case has no group.  REASON(id, name, zh, en).  Append only: names are part of the output. */
REASON(NO_SEX, "no_sex", "没有性别", "the sex is missing")
REASON(BAD_SEX, "bad_sex", "性别代码无效", "not a code of a sex")
REASON(NO_AGE, "no_age", "年龄和日龄都没有", "neither age nor age in days is given")
REASON(NO_AGE_DAYS, "no_age_days", "不足一岁而没有日龄", "under one year old without the age in days")
REASON(BAD_NUMBER, "bad_number", "数字无法识别或超出范围", "a number cannot be read or is out of range")
REASON(TOO_MANY_CODES, "too_many_codes", "诊断或手术操作过多", "too many diagnoses or procedures")
REASON(BAD_ROW, "bad_row", "该行格式有误", "the row cannot be read")
REASON(GRAY_CODE, "gray_code", "使用了灰码，不能结算", "a gray code, which settlement does not allow")
REASON(NO_MAIN_DX, "no_main_dx", "没有主要诊断", "there is no main diagnosis")
REASON(UNKNOWN_MAIN_DX, "unknown_main_dx", "主要诊断编码不在编码库", "the main diagnosis is not in the code list")
REASON(NO_MDC, "no_mdc", "主要诊断不属于任何主要诊断大类", "the main diagnosis belongs to no MDC that fits")
REASON(NO_ADRG, "no_adrg", "大类中没有符合的核心疾病诊断相关组", "no ADRG of the MDC fits")
#undef REASON
