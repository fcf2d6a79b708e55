/* Columns of the lists of settlement lists, their groups and disputes over them. */

static const list_column settlement_lists_columns[] = {
    {"list_id", "清单编号", "list", "l.list_id", LIST_ID, LIST_FILTER, 22},
    {"uploaded_at", "上传时间", "sent at", "l.uploaded_at", LIST_MOMENT, LIST_SORT, 0},
    {"month", "结算月份", "month", "l.month", LIST_TEXT, LIST_FILTER, 10},
    {"person_id", "人员编号", "person", "l.person_id", LIST_ID, LIST_FILTER, 22},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"provider_id", "机构编号", "provider", "l.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"settlement_id", "结算编号", "settlement", "l.settlement_id", LIST_ID, LIST_FILTER, 22},
    {"state", "状态", "state", "l.state", LIST_TEXT, LIST_FILTER, 10},
    {"severity", "质控", "findings", "l.severity", LIST_NUMBER, LIST_FILTER, 8},
    {"total", "总额", "total", "l.cost_fen", LIST_MONEY, 0, 0},
    {"drg", "DRG", "DRG", "l.drg", LIST_TEXT, LIST_FILTER, 10},
    {"drg_name", "DRG 名称", "DRG name", "l.drg_name", LIST_TEXT, 0, 28},
    {"dip", "DIP 病种", "DIP group", "coalesce(d.dip, '')", LIST_TEXT, 0, 24},
    {"dip_name", "病种名称", "DIP name", "coalesce(d.dip_name, '')", LIST_TEXT, 0, 28},
    {"points", "结算分值", "points", "coalesce(d.points_e4, -1)", LIST_E4, 0, 12},
    {"dispute", "争议", "dispute",
     "coalesce((select x.state from group_dispute x where x.list_id = l.list_id"
     " order by x.dispute_id desc limit 1), '')",
     LIST_TEXT, 0, 10},
};

static const list_column group_disputes_columns[] = {
    {"dispute_id", "争议编号", "dispute", "g.dispute_id", LIST_ID, LIST_FILTER, 22},
    {"made_at", "提出时间", "filed at", "g.made_at", LIST_MOMENT, LIST_SORT, 0},
    {"list_id", "清单编号", "list", "g.list_id", LIST_ID, LIST_FILTER, 22},
    {"provider_id", "机构编号", "provider", "g.provider_id", LIST_ID, LIST_FILTER, 22},
    {"provider_name", "机构", "provider name", "coalesce(v.name, '')", LIST_TEXT, 0, 28},
    {"person_name", "姓名", "name", "coalesce(p.name, '')", LIST_NAME, 0, 12},
    {"system", "分组方式", "by", "g.system", LIST_TEXT, LIST_FILTER, 8},
    {"was_group", "原分组", "group", "g.was_group", LIST_TEXT, 0, 20},
    {"wanted_group", "主张分组", "wanted", "g.wanted_group", LIST_TEXT, 0, 20},
    {"state", "状态", "state", "g.state", LIST_TEXT, LIST_FILTER, 10},
    {"result_group", "裁定分组", "result", "g.result_group", LIST_TEXT, 0, 20},
    {"made_by_name", "提出人", "filed by", "coalesce(m.name, '')", LIST_TEXT, 0, 12},
    {"decided_by_name", "裁定人", "decided by", "coalesce(u.name, '')", LIST_TEXT, 0, 12},
    {"decided_at", "裁定时间", "decided at", "g.decided_at", LIST_MOMENT, 0, 0},
};

/* Names of persons are searched by their bytes, whatever the database's language is. */
#define BY_BYTES "/*postgres: collate \"C\"*/"

/* The term of an item in an area today. */
#define ITEM_TERM(t, area)                                                                         \
    " left join item_term " t " on " t ".area_code = " area " and " t ".item_code = i.item_code"   \
    " and " t ".scheme = '' and " t ".from_on = (select max(x.from_on) from item_term x"           \
    " where x.area_code = " area " and x.item_code = i.item_code and x.scheme = ''"                \
    " and x.from_on <= {today} and (x.until_on = '' or x.until_on >= {today}))"
