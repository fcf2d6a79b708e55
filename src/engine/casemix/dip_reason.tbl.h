/* Why a case has no DIP group.  REASON(id, name, zh, en).  Append only. */
REASON(BAD_NUMBER, "bad_number", "数字无法识别或超出范围", "a number cannot be read or is out of range")
REASON(TOO_MANY_CODES, "too_many_codes", "诊断或手术操作过多", "too many diagnoses or procedures")
REASON(BAD_ROW, "bad_row", "该行格式有误", "the row cannot be read")
REASON(NO_MAIN_DX, "no_main_dx", "没有主要诊断", "there is no main diagnosis")
REASON(BAD_MAIN_DX, "bad_main_dx", "主要诊断不是编码", "the main diagnosis is no code")
REASON(NO_GROUP, "no_group", "目录中没有符合的病种", "no group of the catalogue fits")
#undef REASON
