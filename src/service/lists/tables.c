/* The lists.  A column of a big table may be sorted by only when an index of the migration has its
 * order; a filter is served by an index or by walking the one of the sorting. */
#include "service/lists/lists.h"

#define COLUMNS(list) .column = list##_columns, .column_count = COUNTOF(list##_columns)

/* ---- settlements ---- */

static const list_column settlements_columns[] = {
    {"settlement_id", "结算编号", "settlement", "s.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"part", "段", "part", "s.part", LIST_NUMBER, 0, 6},
    {"kind", "类型", "kind", "s.kind", LIST_TEXT, LIST_FILTER, 10},
    {"state", "状态", "state", "s.state", LIST_TEXT, LIST_FILTER, 10},
    {"person_id", "人员编号", "person", "s.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"provider_id", "机构编号", "provider", "s.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"bill_no", "账单号", "bill no.", "coalesce(b.bill_no, '')", LIST_TEXT, 0, 22},
    {"area_code", "统筹区", "area", "s.area_code", LIST_TEXT, LIST_AREA, 10},
    {"channel", "渠道", "channel", "s.channel", LIST_TEXT, LIST_FILTER, 10},
    {"scheme", "险种", "scheme", "s.scheme", LIST_TEXT, LIST_FILTER, 12},
    {"visit_kind", "医疗类别", "kind of visit", "s.visit_kind", LIST_TEXT, LIST_FILTER, 14},
    {"service_on", "服务日期", "service on", "s.service_on", LIST_DAY, 0, 0},
    {"settled_at", "结算时间", "settled at", "s.settled_at", LIST_MOMENT, LIST_SORT, 0},
    {"total", "总额", "total", "s.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "s.fund_fen", LIST_MONEY, 0, 0},
    {"personal", "个人负担", "patient's part", "s.personal_fen", LIST_MONEY, 0, 0},
    {"cash", "现金支付", "cash", "s.cash_fen", LIST_MONEY, 0, 0},
};

/* ---- persons ---- */

#define COVER_TODAY                                                                                \
    "from person_cover c where c.person_id = p.person_id and c.from_on <= {today}"                 \
    " and (c.until_on = '' or c.until_on >= {today}) order by c.from_on desc, c.scheme limit 1), " \
    "'')"

static const list_column persons_columns[] = {
    {"person_id", "人员编号", "person", "p.person_id", LIST_ID, LIST_SORT | LIST_FILTER, 22},
    {"area_code", "统筹区", "area", "p.area_code", LIST_TEXT, LIST_AREA, 10},
    {"id_no", "证件号码", "certificate", "p.id_no", LIST_ID_NO, 0, 22},
    {"name", "姓名", "name", "p.name", LIST_NAME, 0, 12},
    {"sex", "性别", "sex", "p.sex", LIST_TEXT, 0, 8},
    {"birth_on", "出生日期", "born on", "p.birth_on", LIST_DAY, 0, 0},
    {"scheme", "险种", "scheme", "coalesce((select c.scheme " COVER_TODAY, LIST_TEXT, 0, 12},
    {"status", "参保身份", "status", "coalesce((select c.status " COVER_TODAY, LIST_TEXT, 0, 14},
};

/* ---- providers ---- */

static const list_column providers_columns[] = {
    {"provider_id", "机构编号", "provider", "v.provider_id", LIST_ID, LIST_FILTER, 22},
    {"code", "机构编码", "code", "v.code", LIST_TEXT, LIST_SORT | LIST_FILTER, 16},
    {"name", "机构名称", "name", "v.name", LIST_TEXT, LIST_SORT, 32},
    {"area_code", "统筹区", "area", "v.area_code", LIST_TEXT, LIST_AREA, 10},
    {"kind", "类型", "kind", "v.kind", LIST_TEXT, LIST_FILTER, 12},
    {"level", "等级", "level", "v.level", LIST_TEXT, LIST_FILTER, 10},
    {"agreement_state", "协议状态", "agreement",
     "coalesce((select g.state from provider_agreement g where g.provider_id = v.provider_id"
     " and g.from_on <= {today} and (g.until_on = '' or g.until_on >= {today})"
     " order by g.from_on desc limit 1), '')",
     LIST_TEXT, 0, 12},
};

/* ---- catalogue ---- */

static const list_column items_columns[] = {
    {"item_code", "项目编码", "code", "i.item_code", LIST_TEXT, LIST_SORT | LIST_FILTER, 26},
    {"name", "名称", "name", "i.name", LIST_TEXT, LIST_SORT, 36},
    {"kind", "种类", "kind", "i.kind", LIST_TEXT, LIST_FILTER, 10},
    {"spec", "规格", "spec", "i.spec", LIST_TEXT, 0, 20},
    {"unit", "单位", "unit", "i.unit", LIST_TEXT, 0, 8},
    {"maker", "生产企业", "maker", "i.maker", LIST_TEXT, 0, 28},
    {"rx", "处方药", "on prescription", "i.rx", LIST_TEXT, LIST_FILTER, 10},
    {"item_class", "医保等级", "class", "coalesce(t.item_class, u.item_class)", LIST_TEXT,
     LIST_FILTER, 10},
    {"pay_first", "先行自付比例", "first share", "coalesce(t.pay_first_e8, u.pay_first_e8, -1)",
     LIST_RATE, 0, 14},
    {"limit", "限价", "limit", "coalesce(t.limit_e4, u.limit_e4, -1)", LIST_E4, 0, 12},
    {"price", "价格", "price", "coalesce(t.price_e4, u.price_e4, -1)", LIST_E4, 0, 12},
};

static const list_column diseases_columns[] = {
    {"icd_code", "疾病编码", "code", "d.icd_code", LIST_TEXT, LIST_SORT | LIST_FILTER, 14},
    {"name", "名称", "name", "d.name", LIST_TEXT, 0, 40},
};

static const list_column areas_columns[] = {
    {"area_code", "区划代码", "code", "r.area_code", LIST_TEXT, LIST_SORT | LIST_AREA, 10},
    {"name", "名称", "name", "r.name", LIST_TEXT, 0, 24},
    {"level", "级别", "level", "r.level", LIST_TEXT, LIST_FILTER, 10},
    {"parent_code", "上级", "lies in", "r.parent_code", LIST_TEXT, LIST_FILTER, 10},
    {"pack_id", "政策包", "pack", "r.pack_id", LIST_TEXT, LIST_FILTER, 14},
};

/* ---- work ---- */

static const list_column approvals_columns[] = {
    {"approval_id", "申请编号", "approval", "a.approval_id", LIST_ID, LIST_FILTER, 22},
    {"kind", "类型", "kind", "a.kind", LIST_TEXT, LIST_FILTER, 10},
    {"object_id", "结算编号", "settlement", "a.object_id", LIST_ID, LIST_FILTER, 22},
    {"person_id", "人员编号", "person", "a.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"reason", "理由", "reason", "a.reason", LIST_TEXT, 0, 30},
    {"amount", "金额", "amount", "a.amount_fen", LIST_MONEY, 0, 0},
    {"state", "状态", "state", "a.state", LIST_TEXT, LIST_FILTER, 10},
    {"made_by", "经办人编号", "made by", "a.made_by", LIST_ID, LIST_FILTER | LIST_QUIET, 0},
    {"made_by_name", "经办人", "maker", "coalesce(m.name, '')", LIST_TEXT, 0, 12},
    {"made_at", "申请时间", "made at", "a.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"decided_by_name", "复核人", "checker", "coalesce(d.name, '')", LIST_TEXT, 0, 12},
    {"decided_at", "复核时间", "decided at", "a.decided_at", LIST_MOMENT, 0, 0},
    {"decision_note", "复核意见", "note", "a.decision_note", LIST_TEXT, 0, 30},
    {"result_id", "结果编号", "result", "a.result_id", LIST_ID, 0, 22},
};

static const list_column audit_columns[] = {
    {"chain", "链", "chain", "l.chain", LIST_NUMBER, LIST_FILTER, 8},
    {"seq", "序号", "number", "l.seq", LIST_NUMBER, 0, 12},
    {"at", "时间", "at", "l.at", LIST_MOMENT, LIST_SORT, 0},
    {"user_id", "用户编号", "user", "l.user_id", LIST_ID, LIST_FILTER | LIST_QUIET, 0},
    {"login", "用户名", "login", "l.login", LIST_TEXT, LIST_FILTER, 16},
    {"address", "地址", "address", "l.address", LIST_TEXT, LIST_FILTER, 18},
    {"action", "操作", "action", "l.action", LIST_TEXT, LIST_FILTER, 24},
    {"object", "对象", "object", "l.object", LIST_TEXT, LIST_FILTER, 30},
    {"person_id", "人员编号", "person", "l.person_id", LIST_ID, LIST_FILTER, 22},
    {"detail", "详情", "detail", "l.detail", LIST_JSON, 0, 40},
    {"outcome", "结果", "outcome", "l.outcome", LIST_TEXT, LIST_FILTER, 16},
    {"trace_id", "追踪号", "trace", "l.trace_id", LIST_TEXT, LIST_FILTER, 20},
    {"hash", "哈希", "hash", "l.hash", LIST_TEXT, 0, 66},
};

static const list_column users_columns[] = {
    {"user_id", "用户编号", "user", "u.user_id", LIST_ID, LIST_FILTER, 22},
    {"login", "用户名", "login", "u.login", LIST_TEXT, LIST_SORT | LIST_FILTER, 16},
    {"name", "姓名", "name", "u.name", LIST_TEXT, 0, 14},
    {"area_code", "统筹区", "area", "u.area_code", LIST_TEXT, LIST_AREA, 10},
    {"provider_id", "机构编号", "provider", "u.provider_id", LIST_ID, LIST_FILTER, 22},
    {"roles", "角色", "roles",
     "coalesce((select /*sqlite: group_concat(o.role, ',')*//*postgres: string_agg(o.role, ',')*/"
     " from (select role from user_role where user_id = u.user_id order by role) o), '')",
     LIST_WORDS, 0, 24},
    {"must_change", "须改密码", "must change password", "u.must_change", LIST_FLAG, 0, 10},
    {"state", "状态", "state", "u.state", LIST_TEXT, LIST_FILTER, 10},
    {"last_login_at", "最近登录", "last login", "u.last_login_at", LIST_MOMENT, 0, 0},
};

/* ---- between areas ---- */

static const list_column clearing_months_columns[] = {
    {"month", "月份", "month", "d.month", LIST_TEXT, LIST_SORT | LIST_FILTER, 10},
    {"pair", "双方", "pair", "d.pair", LIST_TEXT, LIST_QUIET, 0},
    {"insured_pool", "参保地", "insured in", "d.insured_pool", LIST_TEXT, LIST_FILTER, 10},
    {"insured_name", "参保地名称", "insured in, name", "coalesce(i.name, '')", LIST_TEXT, 0, 18},
    {"treatment_pool", "就医地", "treated in", "d.treatment_pool", LIST_TEXT, LIST_FILTER, 10},
    {"treatment_name", "就医地名称", "treated in, name", "coalesce(t.name, '')", LIST_TEXT, 0, 18},
    {"scheme", "险种", "scheme", "d.scheme", LIST_TEXT, LIST_FILTER, 12},
    {"visits", "结算人次", "visits", "d.visits", LIST_NUMBER, 0, 10},
    {"reversals", "撤销人次", "reversals", "d.reversals", LIST_NUMBER, 0, 10},
    {"total", "总额", "total", "d.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "d.fund_fen", LIST_MONEY, 0, 0},
    {"account", "个人账户支付", "accounts", "d.account_fen", LIST_MONEY, 0, 0},
    {"due", "应清算", "due", "d.fund_fen + d.account_fen", LIST_MONEY, 0, 0},
    {"statement_id", "清算单号", "statement", "coalesce(c.statement_id, 0)", LIST_ID, 0, 22},
    {"state", "状态", "state", "coalesce(c.state, 'booked')", LIST_TEXT, 0, 10},
};

static const list_column clearing_statements_columns[] = {
    {"statement_id", "清算单号", "statement", "c.statement_id", LIST_ID, LIST_FILTER, 22},
    {"month", "月份", "month", "c.month", LIST_TEXT, LIST_SORT | LIST_FILTER, 10},
    {"insured_pool", "参保地", "insured in", "c.insured_pool", LIST_TEXT, LIST_FILTER, 10},
    {"insured_name", "参保地名称", "insured in, name", "coalesce(i.name, '')", LIST_TEXT, 0, 18},
    {"treatment_pool", "就医地", "treated in", "c.treatment_pool", LIST_TEXT, LIST_FILTER, 10},
    {"treatment_name", "就医地名称", "treated in, name", "coalesce(t.name, '')", LIST_TEXT, 0, 18},
    {"scheme", "险种", "scheme", "c.scheme", LIST_TEXT, LIST_FILTER, 12},
    {"visits", "结算人次", "visits", "c.visits", LIST_NUMBER, 0, 10},
    {"reversals", "撤销人次", "reversals", "c.reversals", LIST_NUMBER, 0, 10},
    {"total", "总额", "total", "c.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "c.fund_fen", LIST_MONEY, 0, 0},
    {"account", "个人账户支付", "accounts", "c.account_fen", LIST_MONEY, 0, 0},
    {"due", "应清算", "due", "c.due_fen", LIST_MONEY, 0, 0},
    {"state", "状态", "state", "c.state", LIST_TEXT, LIST_FILTER, 10},
    {"made_at", "生成时间", "made at", "c.made_at", LIST_MOMENT, 0, 0},
    {"confirmed_at", "确认时间", "confirmed at", "c.confirmed_at", LIST_MOMENT, 0, 0},
    {"paid_at", "拨付时间", "paid at", "c.paid_at", LIST_MOMENT, 0, 0},
    {"reference", "拨付凭证号", "bank order", "c.reference", LIST_TEXT, 0, 18},
};

static const list_column clearing_settlements_columns[] = {
    {"settlement_id", "结算编号", "settlement", "x.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"part", "段", "part", "x.part", LIST_NUMBER, 0, 6},
    {"kind", "类型", "kind", "x.kind", LIST_TEXT, LIST_FILTER, 10},
    {"month", "月份", "month", "x.month", LIST_TEXT, LIST_SORT | LIST_FILTER, 10},
    {"booked_on", "入账日期", "booked on", "x.booked_on", LIST_DAY, 0, 0},
    {"insured_pool", "参保地", "insured in", "x.insured_pool", LIST_TEXT, LIST_FILTER, 10},
    {"treatment_pool", "就医地", "treated in", "x.treatment_pool", LIST_TEXT, LIST_FILTER, 10},
    {"person_id", "人员编号", "person", "x.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"provider_id", "机构编号", "provider", "x.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"scheme", "险种", "scheme", "x.scheme", LIST_TEXT, LIST_FILTER, 12},
    {"visit_kind", "医疗类别", "kind of visit", "x.visit_kind", LIST_TEXT, LIST_FILTER, 14},
    {"route", "异地就医方式", "route", "x.route", LIST_TEXT, LIST_FILTER, 12},
    {"total", "总额", "total", "x.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "x.fund_fen", LIST_MONEY, 0, 0},
    {"account", "个人账户支付", "accounts", "x.account_fen", LIST_MONEY, 0, 0},
};

static const list_column clearing_applications_columns[] = {
    {"application_id", "申请编号", "application", "c.application_id", LIST_ID, LIST_FILTER, 22},
    {"month", "月份", "month", "c.month", LIST_TEXT, LIST_FILTER, 10},
    {"provider_id", "机构编号", "provider", "c.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"clr_type", "清算类别", "type", "c.clr_type", LIST_TEXT, LIST_FILTER, 10},
    {"from_on", "起", "from", "c.from_on", LIST_DAY, 0, 0},
    {"until_on", "止", "until", "c.until_on", LIST_DAY, 0, 0},
    {"state", "状态", "state", "c.state", LIST_TEXT, LIST_FILTER, 10},
    {"agrees", "一致", "agrees", "c.agrees", LIST_FLAG, LIST_FILTER, 8},
    {"visits", "申报人次", "visits said", "c.visits", LIST_NUMBER, 0, 10},
    {"own_visits", "系统人次", "visits booked", "c.own_visits", LIST_NUMBER, 0, 10},
    {"total", "申报总额", "total said", "c.total_fen", LIST_MONEY, 0, 0},
    {"own_total", "系统总额", "total booked", "c.own_total_fen", LIST_MONEY, 0, 0},
    {"fund", "申报基金", "funds said", "c.fund_fen", LIST_MONEY, 0, 0},
    {"own_fund", "系统基金", "funds booked", "c.own_fund_fen", LIST_MONEY, 0, 0},
    {"cash", "申报现金", "cash said", "c.cash_fen", LIST_MONEY, 0, 0},
    {"own_cash", "系统现金", "cash booked", "c.own_cash_fen", LIST_MONEY, 0, 0},
    {"account", "申报个账", "accounts said", "c.account_fen", LIST_MONEY, 0, 0},
    {"own_account", "系统个账", "accounts booked", "c.own_account_fen", LIST_MONEY, 0, 0},
    {"made_at", "申请时间", "made at", "c.made_at", LIST_MOMENT, LIST_SORT, 0},
};

#include "service/lists/groups.tbl.h"
#include "service/lists/pharmacy.tbl.h"

/* ---- the gateway ---- */

static const list_column messages_columns[] = {
    {"message_id", "报文编号", "message", "m.message_id", LIST_ID, LIST_FILTER, 22},
    {"received_at", "收到时间", "received at", "m.received_at", LIST_MOMENT, LIST_SORT, 0},
    {"provider_id", "机构编号", "provider", "m.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"transaction_no", "交易", "transaction", "m.transaction_no", LIST_TEXT, LIST_FILTER, 8},
    {"outcome", "结果", "outcome", "m.outcome", LIST_TEXT, LIST_FILTER, 18},
    {"result", "结果类别", "result",
     "case when m.outcome in ('ok', 'recorded') then m.outcome else 'refused' end", LIST_TEXT,
     LIST_FILTER, 10},
    {"duration_us", "耗时（微秒）", "duration in us", "m.duration_us", LIST_NUMBER, 0, 12},
    {"person_id", "人员编号", "person", "m.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"msgid", "报文号", "msgid", "m.msgid", LIST_TEXT, LIST_FILTER, 34},
    {"trace_id", "追踪号", "trace", "m.trace_id", LIST_TEXT, LIST_FILTER, 20},
};

/* The last word about a finding. */
#define FEEDBACK(column)                                                                           \
    "coalesce((select b." column " from review_feedback b where b.finding_id = f.finding_id"       \
    " order by b.feedback_id desc limit 1), '')"

static const list_column review_findings_columns[] = {
    {"finding_id", "提醒编号", "finding", "f.finding_id", LIST_ID, LIST_FILTER, 22},
    {"check_id", "审核编号", "check", "f.check_id", LIST_ID, LIST_FILTER, 22},
    {"made_at", "时间", "at", "f.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"stage", "阶段", "stage", "f.stage", LIST_TEXT, LIST_FILTER, 8},
    {"handling", "处理", "handling", "f.handling", LIST_TEXT, LIST_FILTER, 8},
    {"rule_id", "规则", "rule", "f.rule_id", LIST_TEXT, LIST_FILTER, 14},
    {"name_zh", "规则名称", "name (zh)", "f.name_zh", LIST_TEXT, 0, 24},
    {"name_en", "英文名称", "name (en)", "f.name_en", LIST_TEXT, 0, 24},
    {"zh", "说明", "sentence (zh)", "f.zh", LIST_TEXT, 0, 40},
    {"en", "英文说明", "sentence (en)", "f.en", LIST_TEXT, 0, 40},
    {"value", "发现", "found", "f.value", LIST_TEXT, 0, 12},
    {"limit", "限定", "limit", "f.limit_text", LIST_TEXT, 0, 12},
    {"source", "依据", "rests on", "f.source", LIST_TEXT, 0, 40},
    {"kind", "类别", "kind", "f.kind", LIST_TEXT, LIST_FILTER, 14},
    {"provider_id", "机构编号", "provider", "f.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"doctor_no", "医师编号", "doctor no.", "f.doctor_no", LIST_TEXT, LIST_FILTER, 12},
    {"doctor", "医师", "doctor", "f.doctor", LIST_TEXT, 0, 12},
    {"person_id", "人员编号", "person", "f.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"visit_no", "就诊", "visit", "f.visit_no", LIST_TEXT, LIST_FILTER, 22},
    {"line_no", "行", "line", "f.line_no", LIST_NUMBER, 0, 6},
    {"item_code", "项目编码", "item", "f.item_code", LIST_TEXT, LIST_FILTER, 22},
    {"item_name", "项目", "item name", "f.item_name", LIST_TEXT, 0, 24},
    {"given_on", "日期", "on", "f.given_on", LIST_DAY, 0, 0},
    {"amount", "涉及金额", "amount", "f.amount_fen", LIST_MONEY, 0, 0},
    {"feedback", "反馈", "feedback", FEEDBACK("way"), LIST_TEXT, LIST_FILTER, 10},
    {"reason", "原因", "reason", FEEDBACK("reason"), LIST_TEXT, 0, 24},
};

static const list_column review_sums_columns[] = {
    {"sum_id", "组合", "key", "d.sum_id", LIST_TEXT, LIST_QUIET, 0},
    {"rule_id", "规则", "rule", "d.rule_id", LIST_TEXT, LIST_SORT | LIST_FILTER, 14},
    {"name_zh", "规则名称", "name (zh)", "d.name_zh", LIST_TEXT, 0, 24},
    {"name_en", "英文名称", "name (en)", "d.name_en", LIST_TEXT, 0, 24},
    {"handling", "处理", "handling", "d.handling", LIST_TEXT, LIST_FILTER, 8},
    {"provider_id", "机构编号", "provider", "d.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"doctor_no", "医师编号", "doctor no.", "d.doctor_no", LIST_TEXT, LIST_FILTER, 12},
    {"doctor", "医师", "doctor", "d.doctor", LIST_TEXT, 0, 12},
    {"findings", "提醒数", "findings", "d.findings", LIST_NUMBER, LIST_SORT, 0},
    {"continued", "继续执行", "continued", "d.continued", LIST_NUMBER, 0, 0},
    {"changed", "已修改", "changed", "d.changed", LIST_NUMBER, 0, 0},
    {"amount", "涉及金额", "amount", "d.amount_fen", LIST_MONEY, 0, 0},
};

#include "service/lists/gateway.tbl.h"

static const list_column mappings_columns[] = {
    {"mapping_id", "对照编号", "mapping", "m.version", LIST_ID, LIST_SORT | LIST_FILTER, 22},
    {"provider_id", "机构编号", "provider", "m.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"own_code", "机构编码", "own code", "m.own_code", LIST_TEXT, LIST_FILTER, 20},
    {"own_name", "机构名称", "own name", "m.own_name", LIST_TEXT, 0, 30},
    {"list_type", "目录类别", "type", "m.list_type", LIST_TEXT, LIST_FILTER, 10},
    {"item_code", "医保编码", "national code", "m.item_code", LIST_TEXT, LIST_FILTER, 26},
    {"item_name", "医保名称", "national name", "coalesce(i.name, '')", LIST_TEXT, 0, 30},
    {"from_on", "开始", "from", "m.from_on", LIST_DAY, 0, 0},
    {"until_on", "结束", "until", "m.until_on", LIST_DAY, 0, 0},
    {"state", "状态", "state", "m.state", LIST_TEXT, LIST_FILTER, 10},
    {"review", "审核", "review", "case when m.review = '' then 'unseen' else m.review end",
     LIST_TEXT, LIST_FILTER, 10},
    {"review_note", "审核意见", "note", "m.review_note", LIST_TEXT, 0, 30},
    {"reviewed_by", "审核人", "reviewed by", "m.reviewed_by", LIST_TEXT, 0, 12},
    {"reviewed_at", "审核时间", "reviewed at", "m.reviewed_at", LIST_MOMENT, 0, 0},
};

static const list_column departments_columns[] = {
    {"department_id", "科室编号", "department", "d.version", LIST_ID, LIST_SORT, 22},
    {"provider_id", "机构编号", "provider", "d.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"dept_code", "科室编码", "code", "d.dept_code", LIST_TEXT, LIST_FILTER, 14},
    {"name", "科室名称", "name", "d.name", LIST_TEXT, 0, 20},
    {"caty", "科别", "speciality", "d.caty", LIST_TEXT, LIST_FILTER, 10},
    {"begin_at", "开始", "from", "d.begin_at", LIST_TEXT, 0, 20},
    {"end_at", "结束", "until", "d.end_at", LIST_TEXT, 0, 20},
    {"state", "状态", "state", "d.state", LIST_TEXT, LIST_FILTER, 10},
};

static const list_column staff_columns[] = {
    {"provider_id", "机构编号", "provider", "w.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"staff_code", "国家编码", "code", "w.staff_code", LIST_TEXT, LIST_SORT | LIST_FILTER, 18},
    {"own_no", "工号", "own number", "w.own_no", LIST_TEXT, 0, 12},
    {"name", "姓名", "name", "w.name", LIST_NAME, 0, 12},
    {"kind", "类型", "kind", "w.kind", LIST_TEXT, LIST_FILTER, 12},
    {"id_no", "证件号码", "certificate", "w.id_no", LIST_ID_NO, 0, 22},
    {"qualification_no", "资格证号", "qualification", "w.qualification_no", LIST_ID_NO, 0, 22},
    {"practice_no", "执业证号", "licence", "w.practice_no", LIST_ID_NO, 0, 22},
    {"insurance_doctor", "医保医师", "insurance doctor", "w.insurance_doctor", LIST_TEXT,
     LIST_FILTER, 10},
    {"from_on", "开始", "from", "w.from_on", LIST_DAY, 0, 0},
    {"until_on", "结束", "until", "w.until_on", LIST_DAY, 0, 0},
};

#define AREA_OF(provider) "(select x.area_code from provider x where x.provider_id = " provider ")"

static const list_spec lists[] = {
    {.name = "settlements",
     .zh = "结算",
     .en = "Settlements",
     .needs = RIGHT_SETTLEMENT_READ,
     .from = "settlement s",
     .pick = "s.person_id, s.settlement_id, s.part",
     .joins = " join settlement s on s.person_id = k.person_id"
              " and s.settlement_id = k.settlement_id and s.part = k.part"
              " left join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id"
              " left join person p on p.person_id = s.person_id"
              " left join provider v on v.provider_id = s.provider_id",
     COLUMNS(settlements),
     .key = {"settlement_id", "part"},
     .sort = "-settled_at",
     .search =
         {{SEARCH_IN,
           "s.settlement_id in (select s2.settlement_id from bill b2 join settlement s2"
           " on s2.person_id = b2.person_id and s2.bill_id = b2.bill_id where b2.bill_no = {q}"
           " union all select s3.settlement_id from settlement s3"
           " where s3.settlement_id = {number})"}},
     .area_sql = "s.area_code",
     .provider_sql = "s.provider_id",
     .moment_sql = "s.settled_at"},
    {.name = "persons",
     .zh = "参保人员",
     .en = "Persons",
     .needs = RIGHT_PERSON_READ,
     .from = "person p",
     COLUMNS(persons),
     .key = {"person_id"},
     .sort = "person_id",
     .search = {{SEARCH_ID_NO, "p.id_no"},
                {SEARCH_INITIALS, "p.initials" BY_BYTES},
                {SEARCH_PREFIX, "p.name" BY_BYTES}},
     .area_sql = "p.area_code",
     .q_for_provider = true},
    {.name = "providers",
     .zh = "医药机构",
     .en = "Providers",
     .needs = RIGHT_PROVIDER_READ,
     .from = "provider v",
     COLUMNS(providers),
     .key = {"code"},
     .sort = "code",
     .search = {{SEARCH_PREFIX, "v.code"},
                {SEARCH_INITIALS, "v.initials"},
                {SEARCH_CONTAINS, "v.name"}}},
    {.name = "items",
     .zh = "医保目录",
     .en = "Items",
     .needs = RIGHT_CATALOGUE_READ,
     /* A county without terms of its own goes by its city's, as settling does. */
     .from = "item i" ITEM_TERM("t", "{area}") ITEM_TERM("u", "{city}"),
     COLUMNS(items),
     .key = {"item_code"},
     .sort = "item_code",
     .search = {{SEARCH_PREFIX, "i.item_code"},
                {SEARCH_INITIALS, "i.initials"},
                {SEARCH_CONTAINS, "i.name"}},
     .takes_area = true},
    {.name = "diseases",
     .zh = "疾病",
     .en = "Diseases",
     .needs = RIGHT_CATALOGUE_READ,
     .from = "disease d",
     COLUMNS(diseases),
     .key = {"icd_code"},
     .sort = "icd_code",
     .search = {{SEARCH_PREFIX, "d.icd_code"},
                {SEARCH_INITIALS, "d.initials"},
                {SEARCH_CONTAINS, "d.name"}}},
    {.name = "areas",
     .zh = "区划",
     .en = "Areas",
     .needs = RIGHT_NONE,
     .from = "area r",
     COLUMNS(areas),
     .key = {"area_code"},
     .sort = "area_code",
     .search = {{SEARCH_PREFIX, "r.area_code"}, {SEARCH_CONTAINS, "r.name"}}},
    {.name = "approvals",
     .zh = "待办",
     .en = "Approvals",
     .needs = RIGHT_APPROVAL_READ,
     .from = "approval a",
     .pick = "a.approval_id",
     .joins = " join approval a on a.approval_id = k.approval_id"
              " left join person p on p.person_id = a.person_id"
              " left join app_user m on m.user_id = a.made_by"
              " left join app_user d on d.user_id = a.decided_by",
     COLUMNS(approvals),
     .key = {"approval_id"},
     .sort = "-made_at",
     .search = {{SEARCH_CONTAINS, "a.reason"}, {SEARCH_NUMBER, "a.object_id"}},
     .area_sql = "a.area_code",
     .maker_sql = "a.made_by",
     .moment_sql = "a.made_at"},
    {.name = "audit",
     .zh = "审计日志",
     .en = "Audit log",
     .needs = RIGHT_AUDIT_READ,
     .from = "audit_log l",
     COLUMNS(audit),
     .key = {"chain", "seq"},
     .sort = "-at",
     .search = {{SEARCH_EXACT, "l.login"},
                {SEARCH_EXACT, "l.object"},
                {SEARCH_EXACT, "l.trace_id"}},
     /* what settles a bill is found by the bill: an index by person of every settlement would be
      * one more page at random for each */
     .filter = {"person_id", "(l.chain, l.seq) in (select o.chain, o.seq from audit_log o"
                             " where o.person_id = {value} and o.action <> 'settlement.settle'"
                             " union all select o.chain, o.seq from settlement s join audit_log o"
                             " on o.object = 'settlement ' || s.settlement_id"
                             " and o.action = 'settlement.settle' where s.person_id = {value})"},
     .moment_sql = "l.at"},
    {.name = "messages",
     .zh = "接口报文",
     .en = "Messages of the gateway",
     .needs = RIGHT_GATEWAY_READ,
     .from = "gateway_message m",
     .pick = "m.message_id",
     .joins = " join gateway_message m on m.message_id = k.message_id"
              " left join provider v on v.provider_id = m.provider_id"
              " left join person p on p.person_id = m.person_id",
     COLUMNS(messages),
     .key = {"message_id"},
     .sort = "-received_at",
     .search =
         {{SEARCH_IN,
           "m.message_id in (select x.message_id from gateway_message x where x.trace_id = {q}"
           " union all select y.message_id from gateway_message y join gateway_access g"
           " on g.provider_id = y.provider_id where y.msgid = {q} and y.body_digest <> ''"
           " union all select z.message_id from gateway_message z join gateway_access h"
           " on h.provider_id = z.provider_id where z.msgid = {q} and z.body_digest = '')"}},
     .area_sql = AREA_OF("m.provider_id"),
     .provider_sql = "m.provider_id",
     .moment_sql = "m.received_at"},
    {.name = "review_findings",
     .zh = "审核提醒",
     .en = "Findings of review",
     .needs = RIGHT_REVIEW_READ,
     .from = "review_finding f",
     .pick = "f.person_id, f.finding_id",
     .joins = " join review_finding f on f.person_id = k.person_id and f.finding_id = k.finding_id"
              " left join provider v on v.provider_id = f.provider_id"
              " left join person p on p.person_id = f.person_id",
     COLUMNS(review_findings),
     .key = {"finding_id"},
     .sort = "-made_at",
     .search = {{SEARCH_EXACT, "f.rule_id"},
                {SEARCH_EXACT, "f.item_code"},
                {SEARCH_EXACT, "f.doctor_no"},
                {SEARCH_EXACT, "f.visit_no"}},
     .area_sql = AREA_OF("f.provider_id"),
     .provider_sql = "f.provider_id",
     .moment_sql = "f.made_at"},
    {.name = "review_sums",
     .zh = "审核提醒汇总",
     .en = "Findings by rule, institution and doctor",
     .needs = RIGHT_REVIEW_READ,
     .from = "(select f.rule_id, f.provider_id, f.doctor_no, f.rule_id || ' ' || f.provider_id"
             " || ' ' || f.doctor_no as sum_id, max(f.doctor) as doctor, max(f.name_zh) as name_zh,"
             " max(f.name_en) as name_en, max(f.handling) as handling, count(*) as findings,"
             " cast(sum(f.amount_fen) as bigint) as amount_fen,"
             " sum(case when b.way = 'continued' then 1 else 0 end) as continued,"
             " sum(case when b.way = 'changed' then 1 else 0 end) as changed"
             " from review_finding f left join review_feedback b on b.feedback_id ="
             " (select max(x.feedback_id) from review_feedback x"
             " where x.finding_id = f.finding_id)"
             " group by f.rule_id, f.provider_id, f.doctor_no) d"
             " left join provider v on v.provider_id = d.provider_id",
     COLUMNS(review_sums),
     .key = {"sum_id"},
     .sort = "-findings",
     .search = {{SEARCH_EXACT, "d.rule_id"}, {SEARCH_EXACT, "d.doctor_no"}},
     .area_sql = "v.area_code",
     .provider_sql = "d.provider_id"},
    {.name = "statements",
     .zh = "机构对账",
     .en = "Comparisons with providers",
     .needs = RIGHT_GATEWAY_READ,
     .from = "gateway_statement s",
     .pick = "s.statement_id",
     .joins = " join gateway_statement s on s.statement_id = k.statement_id"
              " left join provider v on v.provider_id = s.provider_id",
     COLUMNS(statements),
     .key = {"statement_id"},
     .sort = "-made_at",
     .area_sql = AREA_OF("s.provider_id"),
     .provider_sql = "s.provider_id",
     .moment_sql = "s.made_at"},
    {.name = "differences",
     .zh = "对账差异",
     .en = "Differences with providers",
     .needs = RIGHT_GATEWAY_READ,
     .from = "gateway_difference d",
     .pick = "d.statement_id, d.line",
     .joins = " join gateway_difference d on d.statement_id = k.statement_id and d.line = k.line"
              " left join person p on p.person_id = d.person_id"
              " left join app_user u on u.user_id = d.resolved_by",
     COLUMNS(differences),
     .key = {"line", "statement_id"},
     .sort = "line",
     .area_sql = AREA_OF("(select s.provider_id from gateway_statement s"
                         " where s.statement_id = d.statement_id)"),
     .provider_sql = "(select s.provider_id from gateway_statement s"
                     " where s.statement_id = d.statement_id)"},
    {.name = "gateways",
     .zh = "接口接入",
     .en = "Systems at the gateway",
     .needs = RIGHT_GATEWAY_READ,
     .from = "provider v left join gateway_access g on g.provider_id = v.provider_id",
     COLUMNS(gateways),
     .key = {"code"},
     .sort = "code",
     .search = {{SEARCH_PREFIX, "v.code"},
                {SEARCH_INITIALS, "v.initials"},
                {SEARCH_CONTAINS, "v.name"}},
     .area_sql = "v.area_code",
     .provider_sql = "v.provider_id"},
    {.name = "proxies",
     .zh = "代办人",
     .en = "Proxies",
     .needs = RIGHT_PERSON_READ,
     .from = "proxy y",
     .pick = "y.person_id, y.object_id",
     .joins = " join proxy y on y.person_id = k.person_id and y.object_id = k.object_id"
              " left join person p on p.person_id = y.person_id"
              " left join provider v on v.provider_id = y.provider_id",
     COLUMNS(proxies),
     .key = {"object_id"},
     .sort = "-made_at",
     .search = {{SEARCH_ID_NO, "y.id_no"}, {SEARCH_NUMBER, "y.object_id"}},
     .area_sql = AREA_OF("y.provider_id"),
     .provider_sql = "y.provider_id",
     .moment_sql = "y.made_at"},
    {.name = "uploads",
     .zh = "购药上传",
     .en = "Purchases uploaded",
     .needs = RIGHT_GATEWAY_READ,
     .from = "purchase_upload u",
     .pick = "u.provider_id, u.purchase_id",
     .joins = " join purchase_upload u on u.provider_id = k.provider_id"
              " and u.purchase_id = k.purchase_id"
              " left join person p on p.person_id = u.person_id"
              " left join provider v on v.provider_id = u.provider_id",
     COLUMNS(uploads),
     .key = {"purchase_id"},
     .sort = "-uploaded_at",
     .search = {{SEARCH_NUMBER, "u.purchase_id"}},
     .area_sql = AREA_OF("u.provider_id"),
     .provider_sql = "u.provider_id",
     .moment_sql = "u.uploaded_at"},
    {.name = "upload_delays",
     .zh = "购药上传延迟",
     .en = "Delays of uploads",
     .needs = RIGHT_GATEWAY_READ,
     .from = "(select month, provider_id, kind, count(*) as uploads,"
             " cast(sum(late) as bigint) as late,"
             " cast(sum(delay_minutes) as bigint) / count(*) as mean_minutes,"
             " max(delay_minutes) as longest_minutes from purchase_upload"
             " group by month, provider_id, kind) d"
             " left join provider v on v.provider_id = d.provider_id",
     COLUMNS(upload_delays),
     .key = {"month", "provider_id", "kind"},
     .sort = "-month",
     .search = {{SEARCH_EXACT, "d.month"}, {SEARCH_CONTAINS, "coalesce(v.name, '')"}},
     .area_sql = AREA_OF("d.provider_id"),
     .provider_sql = "d.provider_id"},
    {.name = "prescriptions",
     .zh = "电子处方",
     .en = "Prescriptions",
     .needs = RIGHT_PERSON_READ,
     .from = "prescription x",
     .pick = "x.person_id, x.rx_id",
     .joins = " join prescription x on x.person_id = k.person_id and x.rx_id = k.rx_id"
              " left join person p on p.person_id = x.person_id"
              " left join provider v on v.provider_id = x.provider_id"
              " left join provider u on u.provider_id = x.used_by and x.used_by <> 0",
     COLUMNS(prescriptions),
     .key = {"rx_id"},
     .sort = "-made_at",
     .search = {{SEARCH_EXACT, "x.own_no"}, {SEARCH_NUMBER, "x.rx_id"}},
     .area_sql = "(select w.area_code from provider w where w.provider_id = x.provider_id)",
     .provider_sql = "x.provider_id",
     .moment_sql = "x.made_at"},
    {.name = "prescription_items",
     .zh = "处方药品",
     .en = "Drugs prescribed",
     .needs = RIGHT_PERSON_READ,
     .from = "prescription_item i join prescription y on y.rx_id = i.rx_id"
             " and y.person_id = i.person_id",
     COLUMNS(prescription_items),
     .key = {"place", "rx_id"},
     .sort = "place",
     .area_sql = AREA_OF("y.provider_id"),
     .provider_sql = "y.provider_id"},
    {.name = "rx_sales",
     .zh = "处方药销售",
     .en = "Sales on prescription",
     .needs = RIGHT_PERSON_READ,
     .from = "rx_sale x",
     .pick = "x.person_id, x.settlement_id, x.place",
     .joins = " join rx_sale x on x.person_id = k.person_id and x.settlement_id = k.settlement_id"
              " and x.place = k.place left join person p on p.person_id = x.person_id"
              " left join provider v on v.provider_id = x.provider_id"
              " left join item i on i.item_code = x.item_code",
     COLUMNS(rx_sales),
     .key = {"settlement_id", "place"},
     .sort = "-sold_at",
     .search = {{SEARCH_EXACT, "x.prescription_no"}, {SEARCH_NUMBER, "x.settlement_id"}},
     .area_sql = "(select w.area_code from provider w where w.provider_id = x.provider_id)",
     .provider_sql = "x.provider_id",
     .moment_sql = "x.sold_at"},
    {.name = "stock",
     .zh = "库存",
     .en = "Stock",
     .needs = RIGHT_PROVIDER_READ,
     .from = "stock t",
     .pick = "t.provider_id, t.own_code, t.batch_no",
     .joins = " join stock t on t.provider_id = k.provider_id and t.own_code = k.own_code"
              " and t.batch_no = k.batch_no left join provider v on v.provider_id = t.provider_id"
              " left join item i on i.item_code = t.item_code",
     COLUMNS(stock),
     .key = {"provider_id", "own_code", "batch_no"},
     .sort = "provider_id",
     .search = {{SEARCH_PREFIX, "t.own_code"},
                {SEARCH_EXACT, "t.batch_no"},
                {SEARCH_EXACT, "t.item_code"}},
     .area_sql = AREA_OF("t.provider_id"),
     .provider_sql = "t.provider_id"},
    {.name = "stock_movements",
     .zh = "库存变动",
     .en = "Movements of stock",
     .needs = RIGHT_PROVIDER_READ,
     .from = "stock_movement t",
     COLUMNS(stock_movements),
     .key = {"movement_id"},
     .sort = "-movement_id",
     .search = {{SEARCH_EXACT, "t.batch_no"}, {SEARCH_EXACT, "t.item_code"}},
     .area_sql = AREA_OF("t.provider_id"),
     .provider_sql = "t.provider_id",
     .moment_sql = "t.booked_at"},
    {.name = "submissions",
     .zh = "结算申报",
     .en = "Submissions",
     .needs = RIGHT_SUBMISSION_READ,
     .from = "submission b",
     .pick = "b.submission_id",
     .joins = " join submission b on b.submission_id = k.submission_id"
              " left join provider v on v.provider_id = b.provider_id"
              " left join app_user m on m.user_id = b.made_by"
              " left join app_user c on c.user_id = b.cleared_by",
     COLUMNS(submissions),
     .key = {"submission_id"},
     .sort = "-made_at",
     .search = {{SEARCH_EXACT, "b.month"}, {SEARCH_NUMBER, "b.submission_id"}},
     .area_sql = AREA_OF("b.provider_id"),
     .provider_sql = "b.provider_id",
     .moment_sql = "b.made_at"},
    {.name = "submission_settlements",
     .zh = "结算申报明细",
     .en = "Settlements and their submission",
     .needs = RIGHT_SUBMISSION_READ,
     .from = "settlement s",
     .pick = "s.person_id, s.settlement_id, s.part",
     .joins = " join settlement s on s.person_id = k.person_id"
              " and s.settlement_id = k.settlement_id and s.part = k.part"
              " left join person p on p.person_id = s.person_id"
              " left join provider v on v.provider_id = s.provider_id",
     .where = "s.channel <> 'manual'",
     COLUMNS(submission_settlements),
     .key = {"settlement_id", "part"},
     .sort = "-settled_at",
     .search = {{SEARCH_NUMBER, "s.settlement_id"}},
     .area_sql = AREA_OF("s.provider_id"),
     .provider_sql = "s.provider_id",
     .moment_sql = "s.settled_at"},
    {.name = "settlement_lists",
     .zh = "结算清单",
     .en = "Settlement lists",
     .needs = RIGHT_DISPUTE_READ,
     .from = "settlement_list l",
     .pick = "l.list_id, l.person_id",
     .joins = " join settlement_list l on l.list_id = k.list_id and l.person_id = k.person_id"
              " left join settlement_list_dip d on d.list_id = l.list_id"
              " and d.person_id = l.person_id left join person p on p.person_id = l.person_id"
              " left join provider v on v.provider_id = l.provider_id",
     COLUMNS(settlement_lists),
     .key = {"list_id"},
     .sort = "-uploaded_at",
     .search = {{SEARCH_NUMBER, "l.settlement_id"}, {SEARCH_EXACT, "l.drg"}},
     .area_sql = AREA_OF("l.provider_id"),
     .provider_sql = "l.provider_id",
     .moment_sql = "l.uploaded_at"},
    {.name = "group_disputes",
     .zh = "分组争议",
     .en = "Disputes over groups",
     .needs = RIGHT_DISPUTE_READ,
     .from = "group_dispute g",
     .pick = "g.dispute_id, g.person_id",
     .joins = " join group_dispute g on g.dispute_id = k.dispute_id and g.person_id = k.person_id"
              " left join person p on p.person_id = g.person_id"
              " left join provider v on v.provider_id = g.provider_id"
              " left join app_user m on m.user_id = g.made_by"
              " left join app_user u on u.user_id = g.decided_by",
     COLUMNS(group_disputes),
     .key = {"dispute_id"},
     .sort = "-made_at",
     .search = {{SEARCH_EXACT, "g.was_group"}, {SEARCH_EXACT, "g.wanted_group"}},
     .area_sql = "g.area_code",
     .provider_sql = "g.provider_id",
     .moment_sql = "g.made_at"},
    {.name = "mappings",
     .zh = "目录对照",
     .en = "Providers' own codes",
     .needs = RIGHT_CATALOGUE_READ,
     .from = "item_mapping m left join item i on i.item_code = m.item_code"
             " left join provider v on v.provider_id = m.provider_id",
     COLUMNS(mappings),
     .key = {"mapping_id"},
     .sort = "-mapping_id",
     .search = {{SEARCH_PREFIX, "m.own_code"},
                {SEARCH_PREFIX, "m.item_code"},
                {SEARCH_CONTAINS, "m.own_name"}},
     .area_sql = AREA_OF("m.provider_id"),
     .provider_sql = "m.provider_id"},
    {.name = "departments",
     .zh = "科室",
     .en = "Departments",
     .needs = RIGHT_PROVIDER_READ,
     .from = "department d left join provider v on v.provider_id = d.provider_id",
     COLUMNS(departments),
     .key = {"department_id"},
     .sort = "-department_id",
     .search = {{SEARCH_PREFIX, "d.dept_code"}, {SEARCH_CONTAINS, "d.name"}},
     .area_sql = AREA_OF("d.provider_id"),
     .provider_sql = "d.provider_id"},
    {.name = "staff",
     .zh = "医护人员",
     .en = "Staff",
     .needs = RIGHT_PROVIDER_READ,
     .from = "staff w left join provider v on v.provider_id = w.provider_id",
     COLUMNS(staff),
     .key = {"staff_code", "provider_id"},
     .sort = "staff_code",
     .search = {{SEARCH_PREFIX, "w.staff_code"}, {SEARCH_EXACT, "w.name"}},
     .area_sql = AREA_OF("w.provider_id"),
     .provider_sql = "w.provider_id"},
    {.name = "users",
     .zh = "用户",
     .en = "Users",
     .needs = RIGHT_USER_READ,
     .from = "app_user u",
     COLUMNS(users),
     .key = {"login"},
     .sort = "login",
     .search = {{SEARCH_CONTAINS, "u.login"}, {SEARCH_CONTAINS, "u.name"}},
     .area_sql = "u.area_code"},
    {.name = "clearing_months",
     .zh = "异地清算",
     .en = "Due between areas",
     .needs = RIGHT_CLEARING_READ,
     .from =
         "(select month, insured_pool, treatment_pool, scheme,"
         " insured_pool || ' ' || treatment_pool as pair,"
         " count(distinct case when kind = 'settle' then settlement_id end) as visits,"
         " count(distinct case when kind = 'reverse' then settlement_id end) as reversals,"
         " cast(sum(total_fen) as bigint) as total_fen, cast(sum(fund_fen) as bigint) as fund_fen,"
         " cast(sum(account_fen) as bigint) as account_fen from cross_settlement"
         " group by month, insured_pool, treatment_pool, scheme) d"
         " left join clearing_statement c on c.month = d.month and c.scheme = d.scheme"
         " and c.insured_pool = d.insured_pool and c.treatment_pool = d.treatment_pool"
         " and c.state <> 'withdrawn'"
         " left join area i on i.area_code = d.insured_pool"
         " left join area t on t.area_code = d.treatment_pool",
     COLUMNS(clearing_months),
     .key = {"month", "pair", "scheme"},
     .sort = "-month",
     .search = {{SEARCH_EXACT, "d.month"},
                {SEARCH_CONTAINS, "coalesce(i.name, '')"},
                {SEARCH_CONTAINS, "coalesce(t.name, '')"}},
     .area_sql = "d.insured_pool",
     .other_area_sql = "d.treatment_pool",
     .provider_sql = "cast(0 as bigint)"},
    {.name = "clearing_statements",
     .zh = "异地清算单",
     .en = "Statements between areas",
     .needs = RIGHT_CLEARING_READ,
     .from = "clearing_statement c left join area i on i.area_code = c.insured_pool"
             " left join area t on t.area_code = c.treatment_pool",
     COLUMNS(clearing_statements),
     .key = {"statement_id"},
     .sort = "-month",
     .search = {{SEARCH_EXACT, "c.month"},
                {SEARCH_EXACT, "c.reference"},
                {SEARCH_CONTAINS, "coalesce(i.name, '')"},
                {SEARCH_CONTAINS, "coalesce(t.name, '')"}},
     .area_sql = "c.insured_pool",
     .other_area_sql = "c.treatment_pool",
     .provider_sql = "cast(0 as bigint)"},
    {.name = "clearing_settlements",
     .zh = "异地结算明细",
     .en = "Settled for other areas",
     .needs = RIGHT_CLEARING_READ,
     .from = "cross_settlement x left join person p on p.person_id = x.person_id"
             " left join provider v on v.provider_id = x.provider_id",
     COLUMNS(clearing_settlements),
     .key = {"settlement_id", "part"},
     .sort = "-month",
     .search = {{SEARCH_NUMBER, "x.settlement_id"}, {SEARCH_CONTAINS, "coalesce(v.name, '')"}},
     .area_sql = "x.insured_pool",
     .other_area_sql = "x.treatment_area",
     .provider_sql = "x.provider_id"},
    {.name = "clearing_applications",
     .zh = "机构清算申请",
     .en = "Applications of providers",
     .needs = RIGHT_CLEARING_READ,
     .from = "clearing_application c left join provider v on v.provider_id = c.provider_id",
     COLUMNS(clearing_applications),
     .key = {"application_id"},
     .search = {{SEARCH_EXACT, "c.month"}, {SEARCH_CONTAINS, "coalesce(v.name, '')"}},
     .sort = "-made_at",
     .area_sql = "v.area_code",
     .provider_sql = "c.provider_id",
     .moment_sql = "c.made_at"},
    {.name = "credential_days",
     .zh = "凭证使用",
     .en = "Credentials by step of care",
     .needs = RIGHT_GATEWAY_READ,
     .from = "credential_day d left join provider v on v.provider_id = d.provider_id",
     COLUMNS(credential_days),
     .key = {"counted_on", "provider_id", "transaction_no", "credential"},
     .sort = "-counted_on",
     .filter = {"month", "d.counted_on >= {value} || '-01' and d.counted_on <= {value} || '-31'"},
     .area_sql = "v.area_code",
     .provider_sql = "d.provider_id"},
};

int list_count(void)
{
    return (int)COUNTOF(lists);
}

const list_spec *list_at(int i)
{
    assert(i >= 0);
    assert(i < (int)COUNTOF(lists));
    return &lists[i];
}

const list_spec *list_named(str name)
{
    for (ptrdiff_t i = 0; i < COUNTOF(lists); i++)
        if (str_eq(name, str_of(lists[i].name)))
            return &lists[i];
    return NULL;
}
