/* Columns of the lists of pharmacies, prescriptions and submissions. */

static const list_column proxies_columns[] = {
    {"object_id", "就诊或备案编号", "visit or filing", "y.object_id", LIST_ID, LIST_FILTER, 22},
    {"kind", "事项", "of", "y.kind", LIST_TEXT, LIST_FILTER, 10},
    {"made_at", "登记时间", "at", "y.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"provider_id", "机构编号", "provider", "y.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"person_id", "人员编号", "person", "y.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"proxy_name", "代办人", "proxy", "y.name", LIST_NAME, 0, 12},
    {"id_type", "代办人证件类型", "kind of certificate", "y.id_type", LIST_TEXT, LIST_FILTER, 10},
    {"id_no", "代办人证件号码", "certificate", "y.id_no", LIST_ID_NO, 0, 22},
    {"relation", "关系", "relation", "y.relation", LIST_TEXT, LIST_FILTER, 8},
    {"transaction_no", "交易", "transaction", "y.transaction_no", LIST_TEXT, LIST_FILTER, 8},
};

static const list_column uploads_columns[] = {
    {"purchase_id", "编号", "number", "u.purchase_id", LIST_ID, LIST_FILTER, 22},
    {"kind", "内容", "what", "u.kind", LIST_TEXT, LIST_FILTER, 10},
    {"provider_id", "机构编号", "provider", "u.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"person_id", "人员编号", "person", "u.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"transaction_no", "交易", "transaction", "u.transaction_no", LIST_TEXT, LIST_FILTER, 8},
    {"happened_at", "发生时间", "happened at", "u.happened_at", LIST_MOMENT, 0, 0},
    {"uploaded_at", "上传时间", "uploaded at", "u.uploaded_at", LIST_MOMENT, LIST_SORT, 0},
    {"delay_minutes", "延迟（分钟）", "delay in minutes", "u.delay_minutes", LIST_NUMBER, 0, 12},
    {"limit_minutes", "时限（分钟）", "limit in minutes", "u.limit_minutes", LIST_NUMBER, 0, 12},
    {"late", "超时", "late", "u.late", LIST_FLAG, LIST_FILTER, 8},
};

static const list_column upload_delays_columns[] = {
    {"month", "月份", "month", "d.month", LIST_TEXT, LIST_SORT | LIST_FILTER, 10},
    {"provider_id", "机构编号", "provider", "d.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"kind", "内容", "what", "d.kind", LIST_TEXT, LIST_FILTER, 10},
    {"uploads", "上传笔数", "uploads", "d.uploads", LIST_NUMBER, 0, 10},
    {"late", "超时笔数", "late", "d.late", LIST_NUMBER, 0, 10},
    {"mean_minutes", "平均延迟（分钟）", "mean delay in minutes", "d.mean_minutes", LIST_NUMBER, 0,
     14},
    {"longest_minutes", "最长延迟（分钟）", "longest delay in minutes", "d.longest_minutes",
     LIST_NUMBER, 0, 14},
};

static const list_column prescriptions_columns[] = {
    {"rx_id", "处方编号", "prescription", "x.rx_id", LIST_ID, LIST_FILTER, 22},
    {"made_at", "开具时间", "written at", "x.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"provider_id", "开方机构编号", "provider", "x.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "开方机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"own_no", "院内处方号", "own number", "x.own_no", LIST_TEXT, LIST_FILTER, 18},
    {"person_id", "人员编号", "person", "x.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"state", "状态", "state", "x.state", LIST_TEXT, LIST_FILTER, 10},
    {"until_at", "有效至", "valid until", "x.until_at", LIST_MOMENT, 0, 0},
    {"audit", "药师审核", "verdict", "x.audit", LIST_TEXT, LIST_FILTER, 10},
    {"used", "已取药", "dispensed",
     "case when x.settlement_id <> 0 and exists (with recursive made (id, state) as ("
     "select s.settlement_id, s.state from settlement s where s.person_id = x.person_id"
     " and s.settlement_id = x.settlement_id and s.part = 0 and s.kind = 'settle' union all"
     " select s.settlement_id, s.state from made m join settlement s on s.person_id = x.person_id"
     " and s.replaces_id = m.id and s.part = 0 and s.kind = 'settle')"
     " select 1 from made where state <> 'reversed') then 1 else 0 end",
     LIST_FLAG, LIST_FILTER, 8},
    {"used_by_name", "取药机构", "dispensed by", "coalesce(u.name, '')", LIST_TEXT, 0, 28},
    {"used_at", "取药时间", "dispensed at", "x.used_at", LIST_MOMENT, 0, 0},
    {"settlement_id", "结算编号", "settlement", "x.settlement_id", LIST_ID, 0, 22},
};

static const list_column prescription_items_columns[] = {
    {"rx_id", "处方编号", "prescription", "i.rx_id", LIST_ID, LIST_FILTER, 22},
    {"place", "行", "line", "i.place", LIST_NUMBER, LIST_SORT, 6},
    {"item_code", "编码", "code", "i.item_code", LIST_TEXT, 0, 26},
    {"name", "名称", "name", "i.name", LIST_TEXT, 0, 36},
    {"unit", "单位", "unit", "i.unit", LIST_TEXT, 0, 8},
    {"quantity", "数量", "quantity", "i.quantity_e4", LIST_E4, 0, 12},
    {"taken", "已取", "taken", "i.taken_e4", LIST_E4, 0, 12},
};

static const list_column rx_sales_columns[] = {
    {"settlement_id", "结算编号", "settlement", "x.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"place", "行", "line", "x.place", LIST_NUMBER, 0, 6},
    {"sold_at", "销售时间", "sold at", "x.sold_at", LIST_MOMENT, LIST_SORT, 0},
    {"provider_id", "机构编号", "provider", "x.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"person_id", "人员编号", "person", "x.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"item_code", "编码", "code", "x.item_code", LIST_TEXT, LIST_FILTER, 26},
    {"item_name", "药品", "drug", "coalesce(i.name, '')", LIST_TEXT, 0, 28},
    {"quantity", "数量", "quantity", "x.quantity_e4", LIST_E4, 0, 12},
    {"prescription_no", "处方号", "prescription", "x.prescription_no", LIST_TEXT, LIST_FILTER, 22},
    {"electronic", "电子处方", "electronic", "case when x.rx_id <> 0 then 1 else 0 end", LIST_FLAG,
     LIST_FILTER, 8},
    {"pharmacist", "药师", "pharmacist", "x.pharmacist", LIST_NAME, 0, 12},
    {"is_signed", "药师已签", "signed", "case when x.pharmacist <> '' then 1 else 0 end", LIST_FLAG,
     LIST_FILTER, 8},
};

static const list_column stock_columns[] = {
    {"provider_id", "机构编号", "provider", "t.provider_id", LIST_ID, LIST_SORT | LIST_FILTER, 22},
    {"own_code", "院内编码", "own code", "t.own_code", LIST_TEXT, LIST_FILTER, 16},
    {"batch_no", "批次", "batch", "t.batch_no", LIST_TEXT, LIST_FILTER, 16},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"item_code", "编码", "code", "t.item_code", LIST_TEXT, LIST_FILTER, 26},
    {"item_name", "名称", "name", "coalesce(i.name, '')", LIST_TEXT, 0, 28},
    {"rx", "处方药", "on prescription", "coalesce(i.rx, '')", LIST_TEXT, LIST_FILTER, 10},
    {"unit", "单位", "unit", "coalesce(i.unit, '')", LIST_TEXT, 0, 8},
    {"quantity", "库存", "quantity", "case when t.quantity_e4 < 0 then 0 else t.quantity_e4 end",
     LIST_E4, 0, 12},
    {"short", "缺", "short", "case when t.quantity_e4 < 0 then 1 else 0 end", LIST_FLAG,
     LIST_FILTER, 6},
    {"happened_at", "最近变动", "last moved", "t.happened_at", LIST_TEXT, 0, 20},
};

static const list_column stock_movements_columns[] = {
    {"movement_id", "变动编号", "movement", "t.movement_id", LIST_ID, LIST_SORT | LIST_FILTER, 22},
    {"provider_id", "机构编号", "provider", "t.provider_id", LIST_ID, LIST_FILTER, 22},
    {"own_code", "院内编码", "own code", "t.own_code", LIST_TEXT, LIST_FILTER, 16},
    {"batch_no", "批次", "batch", "t.batch_no", LIST_TEXT, LIST_FILTER, 16},
    {"item_code", "编码", "code", "t.item_code", LIST_TEXT, LIST_FILTER, 26},
    {"kind", "变动", "kind", "t.kind", LIST_TEXT, LIST_FILTER, 14},
    {"happened_at", "发生时间", "happened at", "t.happened_at", LIST_TEXT, 0, 20},
    {"out", "出库", "out", "case when t.quantity_e4 < 0 then 1 else 0 end", LIST_FLAG, 0, 6},
    {"quantity", "数量", "quantity", "abs(t.quantity_e4)", LIST_E4, 0, 12},
    {"settlement_id", "结算编号", "settlement", "t.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"booked_at", "上传时间", "told at", "t.booked_at", LIST_MOMENT, 0, 0},
};

/* ---- submissions ---- */

static const list_column submissions_columns[] = {
    {"submission_id", "申报编号", "submission", "b.submission_id", LIST_ID, LIST_FILTER, 22},
    {"month", "月份", "month", "b.month", LIST_TEXT, LIST_FILTER, 10},
    {"provider_id", "机构编号", "provider", "b.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"state", "状态", "state", "b.state", LIST_TEXT, LIST_FILTER, 10},
    {"settlements", "笔数", "settlements", "b.settlements", LIST_NUMBER, 0, 10},
    {"total", "总额", "total", "b.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "b.fund_fen", LIST_MONEY, 0, 0},
    {"account", "个人账户支付", "accounts", "b.account_fen", LIST_MONEY, 0, 0},
    {"due", "应回款", "due", "b.due_fen", LIST_MONEY, 0, 0},
    {"made_at", "申报时间", "submitted at", "b.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"made_by_name", "申报人", "submitted by", "coalesce(m.name, '')", LIST_TEXT, 0, 12},
    {"cleared_at", "核销时间", "cleared at", "b.cleared_at", LIST_MOMENT, 0, 0},
    {"cleared_by_name", "核销人", "cleared by", "coalesce(c.name, '')", LIST_TEXT, 0, 12},
    {"reference", "到账凭证号", "bank order", "b.reference", LIST_TEXT, 0, 18},
};

#define SUBMITTED_AS                                                                               \
    "coalesce((select case b.state when 'cleared' then 'cleared' else 'submitted' end"             \
    " from submission_line l join submission b on b.submission_id = l.submission_id"               \
    " where l.settlement_id = s.settlement_id and l.live = 1), 'waiting')"

static const list_column submission_settlements_columns[] = {
    {"settlement_id", "结算编号", "settlement", "s.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"part", "段", "part", "s.part", LIST_NUMBER, 0, 6},
    {"kind", "类型", "kind", "s.kind", LIST_TEXT, LIST_FILTER, 10},
    {"state", "状态", "state", SUBMITTED_AS, LIST_TEXT, LIST_FILTER, 10},
    {"submission_id", "申报编号", "submission",
     "coalesce((select l.submission_id from submission_line l"
     " where l.settlement_id = s.settlement_id and l.live = 1), 0)",
     LIST_ID, LIST_FILTER, 22},
    {"person_id", "人员编号", "person", "s.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"provider_id", "机构编号", "provider", "s.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"settled_at", "结算时间", "settled at", "s.settled_at", LIST_MOMENT, LIST_SORT, 0},
    {"total", "总额", "total", "s.total_fen", LIST_MONEY, 0, 0},
    {"fund", "基金支付", "funds", "s.fund_fen", LIST_MONEY, 0, 0},
    {"account", "个人账户支付", "accounts", "s.account_fen", LIST_MONEY, 0, 0},
    {"cash", "现金支付", "cash", "s.cash_fen", LIST_MONEY, 0, 0},
};
