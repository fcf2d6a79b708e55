/* Every kind of trouble.  Append only: the names are part of the interface. */
ERR(/* name */ OUT_OF_MEMORY,
    /* code */ "out_of_memory",
    /* http */ 503,
    /* zh */ "内存不足",
    /* en */ "out of memory")
ERR(IO, "io", 500, "读写文件失败", "cannot read or write")
ERR(USAGE, "usage", 400, "命令用法错误", "used wrongly")
ERR(TOO_LARGE, "too_large", 413, "超出允许的大小", "larger than allowed")
ERR(BAD_JSON, "bad_json", 400, "不是有效的 JSON", "not valid JSON")
ERR(BAD_CSV, "bad_csv", 400, "不是有效的 CSV", "not valid CSV")
ERR(BAD_UTF8, "bad_utf8", 400, "不是有效的 UTF-8", "not valid UTF-8")
ERR(BAD_TYPE, "bad_type", 400, "字段类型不对", "wrong kind of value")
ERR(UNKNOWN_FIELD, "unknown_field", 400, "没有这个字段", "no such field")
ERR(MISSING_FIELD, "missing_field", 400, "缺少必填字段", "a required field is missing")
ERR(DUPLICATE_FIELD, "duplicate_field", 400, "字段重复", "field given twice")
ERR(BAD_AMOUNT, "bad_amount", 400, "金额格式不对", "not an amount")
ERR(BAD_RATE, "bad_rate", 400, "比例格式不对", "not a rate")
ERR(BAD_NUMBER, "bad_number", 400, "数字格式不对", "not a number")
ERR(BAD_DATE, "bad_date", 400, "日期不存在或格式不对", "no such day")
ERR(UNKNOWN_WORD, "unknown_word", 400, "字典里没有这个值", "not in the dictionary")
ERR(BAD_VALUE, "bad_value", 400, "值不允许", "value not allowed")
ERR(NO_POLICY,
    "no_policy",
    422,
    "该险种在该日没有有效政策",
    "no policy of this scheme is in force on that day")
ERR(OPENING_NOT_FIRST,
    "opening_not_first",
    422,
    "期初累计只能随该人年度第一张账单给出",
    "opening values only with the first bill of a person-year")
ERR(ACCOUNT_RESTATED,
    "account_restated",
    422,
    "账户余额与本次运行首次给出的不一致",
    "another balance than the one first given")
ERR(BAD_YAML, "bad_yaml", 400, "不是有效的 YAML", "not valid YAML")
ERR(PACK, "pack", 500, "政策包有误", "the policy pack has mistakes")
ERR(STORE, "store", 500, "数据库出错", "the database failed")
ERR(STORE_BUSY, "store_busy", 503, "数据库繁忙，请稍后再试", "the database is busy, try again")
ERR(STORE_CONFLICT, "store_conflict", 409, "数据已被他人改动", "somebody else changed it meanwhile")
ERR(DISK_FULL, "disk_full", 507, "磁盘已满，没有保存", "the disk is full, nothing was saved")
ERR(STORE_VERSION,
    "store_version",
    500,
    "数据库版本与程序不符",
    "the database is of another version")
ERR(AUDIT_CHAIN, "audit_chain", 500, "审计链不完整", "the audit chain is broken")
ERR(NOT_FOUND, "not_found", 404, "没有找到", "not found")
ERR(METHOD, "method_not_allowed", 405, "不支持该方法", "method not allowed")
ERR(NOT_SIGNED_IN, "not_signed_in", 401, "请先登录", "sign in first")
ERR(BAD_LOGIN, "bad_login", 401, "用户名或密码不正确", "wrong user name or password")
ERR(LOCKED, "locked", 429, "登录失败次数过多，已暂时锁定", "locked after too many failures")
ERR(CSRF, "csrf", 403, "请求来源校验失败", "the request does not come from the workbench")
ERR(NO_RIGHT, "no_right", 403, "没有权限", "no right to do this")
ERR(SAME_PERSON,
    "same_person",
    403,
    "经办与复核不能是同一人",
    "maker and checker must be two persons")
ERR(DUTY,
    "duty_conflict",
    422,
    "这些角色不能由一人兼任",
    "one person cannot hold these roles together")
ERR(WEAK_PASSWORD, "weak_password", 422, "密码不符合要求", "the password is too weak")
ERR(TOO_MANY, "too_many", 429, "请求过于频繁", "too many requests")
ERR(EXISTS, "exists", 409, "已经存在", "exists already")
ERR(IDEMPOTENCY,
    "idempotency_mismatch",
    409,
    "同一消息号的内容不同",
    "the same key came with another body")
ERR(NO_COVER, "no_cover", 422, "该日没有参保关系", "not insured on that day")
ERR(NO_AGREEMENT,
    "no_agreement",
    422,
    "该日机构没有有效协议",
    "the provider has no agreement in force on that day")
ERR(NOT_IN_CATALOGUE,
    "not_in_catalogue",
    422,
    "该日目录中没有此项目",
    "not in the catalogue on that day")
ERR(LATER_SETTLEMENTS,
    "later_settlements",
    409,
    "之后还有结算，请先撤销",
    "later settlements have to be reversed first")
ERR(REVERSED, "already_reversed", 409, "已经撤销", "reversed already")
ERR(REFUSED, "refused", 422, "政策没有给出结果", "the policy has no answer")
ERR(NOT_OPEN, "not_open", 409, "已经处理过", "decided already")
ERR(INVARIANT, "invariant", 500, "数据不变式不成立", "an invariant does not hold")
ERR(STOPPING, "stopping", 503, "服务正在停止，请稍后再试", "the server is being stopped, try again")
ERR(MUST_CHANGE, "must_change_password", 403, "请先修改密码", "change your password first")
ERR(BAD_ID_NO, "bad_id_no", 400, "身份证号码不正确", "not a valid citizen number")
ERR(ID_MISMATCH, "id_mismatch", 422, "与身份证号码不一致", "contradicts the citizen number")
ERR(DUPLICATE_ROW,
    "duplicate_row",
    409,
    "文件中已有同一条",
    "the same row stands in the file already")
ERR(OVERLAP, "overlapping_period", 422, "与已有的时间段重叠", "overlaps a period that is there")
ERR(UNKNOWN_REFERENCE,
    "unknown_reference",
    422,
    "引用的对象不存在",
    "refers to something that is not there")
ERR(NOT_RECOGNISED,
    "not_recognised",
    422,
    "该病种当日未认定",
    "the disease is not recognised for this person on that day")
ERR(VISIT_STATE,
    "visit_state",
    409,
    "就诊状态不允许此操作",
    "the visit's state does not allow this")
ERR(ITEMS_SETTLED,
    "items_settled",
    409,
    "费用明细已结算，请先撤销结算",
    "items are settled: take the settlement back first")
ERR(NO_ITEMS, "no_items", 422, "没有待结算的费用明细", "there are no items to settle")
ERR(AMOUNT_MISMATCH,
    "amount_mismatch",
    422,
    "金额与明细合计不一致",
    "the amount is not the sum of the items")
ERR(NOT_SUPPORTED, "not_supported", 501, "本平台不支持", "not supported here")
ERR(GATEWAY_CLOSED,
    "gateway_closed",
    403,
    "该机构未开通接口",
    "this provider's system is not admitted")
ERR(BAD_SIGNATURE, "bad_signature", 401, "签名校验失败", "the signature is wrong")
ERR(UNKNOWN_TRANSACTION, "unknown_transaction", 404, "未知交易编号", "no such transaction")
ERR(PATH_MISMATCH,
    "path_mismatch",
    400,
    "地址与交易编号不一致",
    "path and transaction number contradict")
ERR(TOO_LONG, "too_long", 400, "字段超长", "longer than the field allows")
ERR(CROSS_AREA,
    "cross_area",
    422,
    "参保地未开通此类异地就医直接结算",
    "the place of insurance does not settle this kind of visit elsewhere")
ERR(WRONG_MODE, "wrong_mode", 409, "沙箱库与生产库不能混用", "a sandbox and production do not mix")
ERR(INJECTED,
    "injected_fault",
    503,
    "沙箱按设置注入的故障",
    "a fault that the sandbox was asked for")
ERR(UNKNOWN_CREDENTIAL,
    "unknown_credential",
    404,
    "未登记的电子凭证或社保卡",
    "no such token or card is kept here")
ERR(CREDENTIAL_LOST,
    "credential_lost",
    403,
    "该卡或凭证已挂失",
    "this card or token is reported lost")
ERR(CREDENTIAL_ENDED,
    "credential_ended",
    403,
    "该卡或凭证已注销或过期",
    "this card or token was cancelled or has expired")
ERR(FILING_STATE,
    "filing_state",
    409,
    "备案状态不允许此操作",
    "the filing's state does not allow this")
ERR(LIST_STATE,
    "list_state",
    409,
    "结算清单的状态不允许此操作",
    "the state of the settlement list does not allow this")
ERR(RX_STATE,
    "prescription_state",
    409,
    "处方状态不允许此操作",
    "the prescription's state does not allow this")
ERR(RX_EXCEEDED,
    "prescription_exceeded",
    422,
    "超出处方范围",
    "not prescribed, or more than prescribed")
ERR(RX_NEEDED, "prescription_needed", 422, "处方药须凭处方销售", "sold on prescription only")
ERR(CODE_NEEDED, "code_needed", 401, "请输入动态验证码", "a code of the second factor is needed")
ERR(BAD_CODE, "bad_code", 401, "动态验证码不正确或已使用", "the code is wrong, or was used already")
ERR(MUST_ADD_FACTOR, "must_add_factor", 403, "请先启用双因素认证", "set up your second factor first")
ERR(CONFIRM_NEEDED, "confirm_needed", 403, "此操作需要再次输入密码", "type your password again for this")
ERR(KEY_FILE, "key_file", 500, "密钥文件无法使用", "the key file cannot be used")
ERR(TOO_MANY_CASES,
    "too_many_cases",
    413,
    "病例太多，不能以 JSON 返回；请用 format=csv 或 format=xlsx",
    "too many cases for an answer in JSON: ask for format=csv or format=xlsx")
#undef ERR
