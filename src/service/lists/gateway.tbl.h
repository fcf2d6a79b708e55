/* Columns of the lists of those who run the gateway. */

static const list_column statements_columns[] = {
    {"statement_id", "对账编号", "statement", "s.statement_id", LIST_ID, LIST_FILTER, 22},
    {"made_at", "对账时间", "made at", "s.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"provider_id", "机构编号", "provider", "s.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"transaction_no", "交易", "transaction", "s.transaction_no", LIST_TEXT, LIST_FILTER, 8},
    {"from_on", "开始", "from", "s.from_on", LIST_DAY, 0, 0},
    {"until_on", "结束", "until", "s.until_on", LIST_DAY, 0, 0},
    {"scheme", "险种", "scheme", "s.scheme", LIST_TEXT, LIST_FILTER, 12},
    {"clr_type", "清算类别", "clearing type", "s.clr_type", LIST_TEXT, LIST_FILTER, 10},
    {"refunded", "退费", "reversals", "s.refunded", LIST_TEXT, LIST_FILTER, 8},
    {"state", "状态", "state", "s.state", LIST_TEXT, LIST_FILTER, 10},
    {"ours_count", "本方笔数", "our count", "s.ours_count", LIST_NUMBER, 0, 10},
    {"theirs_count", "机构笔数", "their count", "s.theirs_count", LIST_NUMBER, 0, 10},
    {"ours_total", "本方总额", "our total", "s.ours_total_fen", LIST_MONEY, 0, 0},
    {"theirs_total", "机构总额", "their total", "s.theirs_total_fen", LIST_MONEY, 0, 0},
    {"ours_fund", "本方基金", "our funds", "s.ours_fund_fen", LIST_MONEY, 0, 0},
    {"theirs_fund", "机构基金", "their funds", "s.theirs_fund_fen", LIST_MONEY, 0, 0},
    {"ours_account", "本方账户", "our accounts", "s.ours_account_fen", LIST_MONEY, 0, 0},
    {"theirs_account", "机构账户", "their accounts", "s.theirs_account_fen", LIST_MONEY, 0, 0},
    {"differences", "差异数", "differences", "s.differences", LIST_NUMBER, 0, 10},
    {"unresolved", "未处理", "unresolved", "s.unresolved", LIST_NUMBER, 0, 10},
    {"trace_id", "追踪号", "trace", "s.trace_id", LIST_TEXT, LIST_FILTER, 20},
};

static const list_column differences_columns[] = {
    {"statement_id", "对账编号", "statement", "d.statement_id", LIST_ID, LIST_FILTER, 22},
    {"line", "行", "line", "d.line", LIST_NUMBER, LIST_SORT, 6},
    {"kind", "差异", "kind", "d.kind", LIST_TEXT, LIST_FILTER, 12},
    {"reference", "结算号", "settlement no.", "d.reference", LIST_TEXT, 0, 24},
    {"settlement_id", "结算编号", "settlement", "d.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"person_id", "人员编号", "person", "d.person_id", LIST_ID, 0, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"visit_ref", "就诊号", "visit", "d.visit_ref", LIST_TEXT, 0, 20},
    {"refund", "退费", "reversal", "d.refund", LIST_FLAG, 0, 6},
    {"ours_total", "本方总额", "our total", "d.ours_total_fen", LIST_MONEY, 0, 0},
    {"theirs_total", "机构总额", "their total", "d.theirs_total_fen", LIST_MONEY, 0, 0},
    {"ours_fund", "本方基金", "our funds", "d.ours_fund_fen", LIST_MONEY, 0, 0},
    {"theirs_fund", "机构基金", "their funds", "d.theirs_fund_fen", LIST_MONEY, 0, 0},
    {"ours_account", "本方账户", "our accounts", "d.ours_account_fen", LIST_MONEY, 0, 0},
    {"theirs_account", "机构账户", "their accounts", "d.theirs_account_fen", LIST_MONEY, 0, 0},
    {"reversed_now", "现已撤销", "reversed by now",
     "case when exists (select 1 from settlement r where r.person_id = d.person_id and"
     " r.settlement_id = d.settlement_id and (r.state = 'reversed' or r.kind = 'reverse'))"
     " then 1 else 0 end",
     LIST_FLAG, 0, 10},
    {"resolution", "处理", "resolution", "d.resolution", LIST_TEXT, LIST_FILTER, 16},
    {"note", "说明", "note", "d.note", LIST_TEXT, 0, 40},
    {"resolved_by", "处理人", "resolved by", "coalesce(u.name, '')", LIST_TEXT, 0, 12},
    {"resolved_at", "处理时间", "resolved at", "d.resolved_at", LIST_MOMENT, 0, 0},
};

static const list_column gateways_columns[] = {
    {"provider_id", "机构编号", "provider", "v.provider_id", LIST_ID, LIST_FILTER, 22},
    {"code", "机构编码", "code", "v.code", LIST_TEXT, LIST_SORT | LIST_FILTER, 16},
    {"name", "机构名称", "name", "v.name", LIST_TEXT, 0, 32},
    {"area_code", "统筹区", "area", "v.area_code", LIST_TEXT, LIST_AREA, 10},
    {"state", "接入", "state", "coalesce(g.state, 'none')", LIST_TEXT, LIST_FILTER, 10},
    {"signature", "签名", "signature", "coalesce(g.signature, '')", LIST_TEXT, LIST_FILTER, 10},
    {"verify", "验签", "verify", "coalesce(g.verify, '')", LIST_TEXT, LIST_FILTER, 10},
    {"checks", "校验", "checks", "coalesce(g.checks, '')", LIST_TEXT, LIST_FILTER, 10},
    {"has_key", "有密钥", "has a key", "case when coalesce(g.secret, '') <> '' then 1 else 0 end",
     LIST_FLAG, 0, 8},
    {"key_made_at", "密钥时间", "key made at", "coalesce(g.key_made_at, 0)", LIST_MOMENT, 0, 0},
    {"old_until", "旧密钥有效至", "old key until", "coalesce(g.old_until, 0)", LIST_MOMENT, 0, 0},
    {"last_at", "最近报文", "last message",
     "coalesce((select max(h.last_at) from gateway_hour h where h.provider_id = v.provider_id), 0)",
     LIST_MOMENT, 0, 0},
};

static const list_column credential_days_columns[] = {
    {"counted_on", "日期", "day", "d.counted_on", LIST_DAY, LIST_SORT | LIST_FILTER, 0},
    {"month", "月份", "month", "substr(d.counted_on, 1, 7)", LIST_TEXT, LIST_FILTER, 10},
    {"provider_id", "机构编号", "provider", "d.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"step", "环节", "step", "d.step", LIST_TEXT, LIST_FILTER, 12},
    {"transaction_no", "交易", "transaction", "d.transaction_no", LIST_TEXT, LIST_FILTER, 8},
    {"credential", "凭证", "credential", "d.credential", LIST_TEXT, LIST_FILTER, 10},
    {"messages", "笔数", "messages", "d.messages", LIST_NUMBER, 0, 10},
    /* of that day, institution and transaction; the sum is not 0, because no row is */
    {"share", "占比", "share",
     "(select (d.messages * 10000 + cast(sum(x.messages) as bigint) / 2)"
     " / cast(sum(x.messages) as bigint) from credential_day x where x.counted_on = d.counted_on"
     " and x.provider_id = d.provider_id and x.transaction_no = d.transaction_no)",
     LIST_E4, 0, 10},
};
