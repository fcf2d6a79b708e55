/* What the rows of each kind are made of: the law for forms, imports and docs/import.md. */
#include "service/master/master_internal.h"

static const master_choice area_levels[] = {{"province", "省|省级|自治区|直辖市"},
                                            {"city", "市|地市|地级市|市级"},
                                            {"county", "县|区|县级|区县"},
                                            {0}};
static const master_choice provider_kinds[] = {
    {"hospital", "医院"},
    {"pharmacy", "药店|零售药店|定点零售药店"},
    {"clinic", "诊所|门诊部"},
    {"community_centre", "社区卫生服务机构|社区卫生服务中心|社区"},
    {"township", "乡镇卫生院|卫生院"},
    {"village_clinic", "村卫生室|卫生室"},
    {"psychiatric", "精神专科医院|精神病医院"},
    {0}};
static const master_choice agreement_states[] = {{"signed", "签订|已签订|有效|正常"},
                                                 {"suspended", "中止|暂停"},
                                                 {"terminated", "解除|终止"},
                                                 {0}};
static const master_choice item_kinds[] = {{"drug", "药品|西药|中成药|中药"},
                                           {"service", "诊疗项目|诊疗|医疗服务|服务设施"},
                                           {"material", "耗材|医用耗材|材料"},
                                           {0}};
static const master_choice item_classes[] = {
    {"A", "甲|甲类"}, {"B", "乙|乙类"}, {"C", "丙|丙类|自费|目录外"}, {0}};
static const master_choice rx_words[] = {{"yes", "1|是|处方药"}, {"no", "0|否|非处方药|OTC"}, {0}};
static const master_choice id_types[] = {{"01", "1|居民身份证|身份证|居民身份证（户口簿）"},
                                         {"02", "2|户口簿"},
                                         {"03", "3|护照"},
                                         {"04", "4|港澳居民来往内地通行证"},
                                         {"05", "5|台湾居民来往大陆通行证"},
                                         {"06", "6|外国人永久居留身份证"},
                                         {"07", "7|出生医学证明"},
                                         {"99", "其他"},
                                         {0}};
static const master_choice sexes[] = {{"male", "男|男性|1"}, {"female", "女|女性|2"}, {0}};
static const master_choice flag_kinds[] = {{"category", "困难类别|救助对象类别|身份类别"},
                                           {"disease", "病种|慢特病|门诊慢特病"},
                                           {"filing", "异地备案|备案"},
                                           {"tag", "标记"},
                                           {0}};

/* Beside the dictionaries of the packs: what files from elsewhere say. */
static const master_choice scheme_words[] = {
    {"employee", "职工|职工医保|城镇职工|310"},
    {"resident", "居民|城乡居民|居民医保|城乡居民医保|390"},
    {0}};
static const master_choice level_words[] = {{"l3", "三级甲等|三级乙等|三级医院"},
                                            {"l2", "二级甲等|二级乙等|二级医院"},
                                            {"l1", "一级甲等|一级医院"},
                                            {0}};

static const master_column area_columns[] = {
    {"area_code", "行政区划代码|区划代码|代码", .kind = CELL_CODE, .required = true, .key = true,
     .bytes_max = 6},
    {"name", "名称|区划名称", .kind = CELL_TEXT, .required = true, .bytes_max = 120},
    {"level", "级别|层级", .kind = CELL_CHOICE, .choice = area_levels},
    {"parent_code", "上级代码|上级区划代码", .kind = CELL_AREA},
    {"pack_id", "政策包", .kind = CELL_CODE, .bytes_max = 60},
};

static const master_column provider_columns[] = {
    {"code", "机构编码|定点医药机构编码|机构代码|代码", .kind = CELL_CODE, .required = true,
     .key = true, .bytes_max = 40},
    {"name", "机构名称|名称", .kind = CELL_TEXT, .required = true, .bytes_max = 200},
    {"initials", "拼音码|首字母", .kind = CELL_CODE, .bytes_max = 100},
    {"area_code", "所属区划|行政区划代码|区划代码", .kind = CELL_AREA, .required = true},
    {"kind", "机构类别|机构类型", .kind = CELL_CHOICE, .required = true, .choice = provider_kinds},
    {"level", "机构等级|医院等级|等级", .kind = CELL_WORD, .fact = FACT_LEVEL,
     .choice = level_words},
    {"tags", "标签|特色", .kind = CELL_WORDS, .bytes_max = 200},
    {"address", "地址", .kind = CELL_TEXT, .bytes_max = 300},
    {"phone", "电话|联系电话", .kind = CELL_TEXT, .bytes_max = 40},
};

static const master_column agreement_columns[] = {
    {"provider_code", "机构编码|定点医药机构编码", .kind = CELL_PROVIDER, .required = true,
     .key = true},
    {"from_on", "开始日期|生效日期", .kind = CELL_DAY, .required = true, .key = true},
    {"until_on", "结束日期|终止日期", .kind = CELL_DAY},
    {"state", "协议状态|状态", .kind = CELL_CHOICE, .required = true, .choice = agreement_states},
    {"agreement_no", "协议编号|协议号", .kind = CELL_TEXT, .bytes_max = 60},
};

static const master_column item_columns[] = {
    {"item_code", "项目编码|医保编码|药品编码|目录编码|编码", .kind = CELL_CODE, .required = true,
     .key = true, .bytes_max = 60},
    {"name", "项目名称|药品名称|名称", .kind = CELL_TEXT, .required = true, .bytes_max = 400},
    {"initials", "拼音码|首字母", .kind = CELL_CODE, .bytes_max = 200},
    {"kind", "项目类别|类别", .kind = CELL_CHOICE, .required = true, .choice = item_kinds},
    {"spec", "规格", .kind = CELL_TEXT, .bytes_max = 400},
    {"unit", "单位|计价单位", .kind = CELL_TEXT, .bytes_max = 60},
    {"maker", "生产企业|厂家|生产厂家", .kind = CELL_TEXT, .bytes_max = 300},
    {"rx", "处方药标志|处方药", .kind = CELL_CHOICE, .choice = rx_words},
};

static const master_column term_columns[] = {
    {"area_code", "统筹区|行政区划代码|区划代码", .kind = CELL_AREA, .required = true, .key = true},
    {"item_code", "项目编码|医保编码|药品编码|目录编码|编码", .kind = CELL_ITEM, .required = true,
     .key = true},
    {"scheme", "险种", .kind = CELL_WORD, .key = true, .fact = FACT_SCHEME, .choice = scheme_words},
    {"from_on", "开始日期|生效日期", .kind = CELL_DAY, .required = true, .key = true},
    {"until_on", "结束日期|失效日期", .kind = CELL_DAY},
    {"item_class", "收费项目等级|等级|甲乙类|医保类别", .kind = CELL_CHOICE, .required = true,
     .choice = item_classes},
    {"pay_first", "先行自付比例|自付比例", .kind = CELL_RATE},
    {"limit", "支付限额|医保支付标准|限价", .kind = CELL_E4},
    {"price", "价格|单价", .kind = CELL_E4},
};

static const master_column disease_columns[] = {
    {"icd_code", "疾病编码|诊断编码|编码", .kind = CELL_CODE, .required = true, .key = true,
     .bytes_max = 40},
    {"name", "疾病名称|诊断名称|名称", .kind = CELL_TEXT, .required = true, .bytes_max = 400},
    {"initials", "拼音码|首字母|助记码", .kind = CELL_CODE, .bytes_max = 200},
};

static const master_column person_columns[] = {
    {"area_code", "参保地|行政区划代码|区划代码", .kind = CELL_AREA, .required = true, .key = true},
    {"id_type", "证件类型", .kind = CELL_CHOICE, .choice = id_types},
    {"id_no", "身份证号|身份证号码|证件号码|公民身份号码", .kind = CELL_CODE, .required = true,
     .key = true, .bytes_max = 40},
    {"name", "姓名", .kind = CELL_TEXT, .required = true, .bytes_max = 100},
    {"initials", "拼音码|首字母", .kind = CELL_CODE, .bytes_max = 60},
    {"sex", "性别", .kind = CELL_CHOICE, .choice = sexes},
    {"birth_on", "出生日期", .kind = CELL_DAY},
    {"death_on", "死亡日期", .kind = CELL_DAY},
    {"household", "户号|家庭编号", .kind = CELL_HOUSEHOLD},
    {"phone", "电话|手机号|联系电话", .kind = CELL_CODE, .bytes_max = 30},
    {"address", "地址|住址", .kind = CELL_TEXT, .bytes_max = 300},
};

static const master_column cover_columns[] = {
    {"id_no", "身份证号|身份证号码|证件号码|公民身份号码", .kind = CELL_PERSON, .required = true,
     .key = true},
    {"scheme", "险种", .kind = CELL_WORD, .required = true, .key = true, .fact = FACT_SCHEME,
     .choice = scheme_words},
    {"status", "人员状态|医疗人员类别|状态", .kind = CELL_WORD, .fact = FACT_STATUS},
    {"from_on", "开始日期|参保日期|生效日期", .kind = CELL_DAY, .required = true, .key = true},
    {"until_on", "结束日期|终止日期", .kind = CELL_DAY},
    {"group", "人群", .kind = CELL_WORD, .in_facts = true, .fact = FACT_GROUP},
    {"tier", "缴费档次|档次", .kind = CELL_WORD, .in_facts = true, .fact = FACT_TIER},
    {"civil_rank", "公务员级别", .kind = CELL_WORD, .in_facts = true, .fact = FACT_CIVIL_RANK},
    {"soldier_grade", "残疾军人等级", .kind = CELL_WORD, .in_facts = true,
     .fact = FACT_SOLDIER_GRADE},
    {"employer", "单位|单位编码", .kind = CELL_CODE, .in_facts = true, .bytes_max = 60},
    {"first_work_date", "参加工作日期", .kind = CELL_DAY, .in_facts = true},
    {"insured_months", "累计缴费月数", .kind = CELL_COUNT, .in_facts = true},
    {"continuous_years", "连续参保年数", .kind = CELL_COUNT, .in_facts = true},
    {"no_claim_years", "连续未报销年数", .kind = CELL_COUNT, .in_facts = true},
};

static const master_column flag_columns[] = {
    {"id_no", "身份证号|身份证号码|证件号码|公民身份号码", .kind = CELL_PERSON, .required = true,
     .key = true},
    {"kind", "标识类型|类型", .kind = CELL_CHOICE, .required = true, .key = true,
     .choice = flag_kinds},
    {"value", "标识值|值|内容", .kind = CELL_TEXT, .required = true, .key = true, .bytes_max = 100},
    {"from_on", "开始日期|认定日期", .kind = CELL_DAY, .required = true, .key = true},
    {"until_on", "结束日期|终止日期", .kind = CELL_DAY},
    {"note", "备注|说明", .kind = CELL_TEXT, .bytes_max = 300},
};

static const master_choice gateway_states[] = {{"open", "开通"}, {"closed", "关闭"}, {0}};
static const master_choice gateway_signatures[] = {
    {"none", "无"}, {"x-tif", ""}, {"api", "_api_"}, {"x-ca", ""}, {0}};
static const master_choice gateway_verify[] = {
    {"off", "不验"}, {"lenient", "宽松"}, {"strict", "严格"}, {0}};
static const master_choice gateway_checks[] = {{"lenient", "宽松"}, {"strict", "严格"}, {0}};
static const master_choice gateway_sign_in[] = {{"free", "不要求"}, {"required", "要求"}, {0}};
static const master_choice gateway_numbers[] = {{"number", "数值"}, {"string", "字符"}, {0}};
static const master_choice gateway_nodes[] = {{"object", "对象"}, {"array", "数组"}, {0}};

static const master_choice gateway_forms[] = {{"head", "信封"}, {"input", "输入"}, {0}};
static const master_choice gateway_answers[] = {{"no", "否"}, {"yes", "是"}, {0}};
static const master_choice gateway_encryption[] = {
    {"off", "不加密"}, {"allowed", "允许"}, {"required", "必须"}, {0}};

static const master_column gateway_columns[] = {
    {"provider_code", "机构编码|定点医药机构编码", .kind = CELL_PROVIDER, .required = true,
     .key = true},
    {"state", "状态", .kind = CELL_CHOICE, .required = true, .choice = gateway_states},
    {"signature", "签名方式", .kind = CELL_CHOICE, .choice = gateway_signatures},
    {"verify", "验签", .kind = CELL_CHOICE, .choice = gateway_verify},
    {"access_key", "访问账号", .kind = CELL_CODE, .bytes_max = 100},
    {"secret", "密钥", .kind = CELL_CODE, .bytes_max = 200},
    {"checks", "字段校验", .kind = CELL_CHOICE, .choice = gateway_checks},
    {"sign_in", "签到", .kind = CELL_CHOICE, .choice = gateway_sign_in},
    {"infcode", "infcode类型", .kind = CELL_CHOICE, .choice = gateway_numbers},
    {"amounts", "金额类型", .kind = CELL_CHOICE, .choice = gateway_numbers},
    {"single_nodes", "单行节点", .kind = CELL_CHOICE, .choice = gateway_nodes},
    {"cainfo", "报文验签", .kind = CELL_CHOICE, .choice = gateway_verify},
    {"cainfo_form", "报文待签内容", .kind = CELL_CHOICE, .choice = gateway_forms},
    {"sign_answers", "应答签名", .kind = CELL_CHOICE, .choice = gateway_answers},
    {"encryption", "报文加密", .kind = CELL_CHOICE, .choice = gateway_encryption},
    {"app_id", "应用编号", .kind = CELL_CODE, .bytes_max = 100},
    {"app_secret", "应用密钥", .kind = CELL_CODE, .bytes_max = 200},
    {"public_key", "机构公钥", .kind = CELL_CODE, .bytes_max = 400},
    {"private_key", "平台私钥", .kind = CELL_CODE, .bytes_max = 400},
};

static const master_choice credential_kinds[] = {
    {"card", "社保卡|社会保障卡|03"}, {"token", "电子凭证|医保电子凭证|01"}, {0}};
static const master_choice credential_states[] = {
    {"valid", "正常|有效"}, {"lost", "挂失"}, {"cancelled", "注销|作废"}, {0}};

static const master_column credential_columns[] = {
    {"id_no", "身份证号|身份证号码|证件号码|公民身份号码", .kind = CELL_PERSON, .required = true,
     .key = true},
    {"kind", "凭证类型|类型", .kind = CELL_CHOICE, .required = true, .key = true,
     .choice = credential_kinds},
    {"number", "卡号|凭证号|令牌", .kind = CELL_CODE, .required = true, .key = true,
     .bytes_max = 200},
    {"serial", "卡识别码", .kind = CELL_CODE, .bytes_max = 64},
    {"state", "状态", .kind = CELL_CHOICE, .required = true, .choice = credential_states},
    {"until_on", "有效期至|失效日期", .kind = CELL_DAY},
};

static const master_choice staff_kinds[] = {{"doctor", "医师|医生|1"},
                                            {"nurse", "护士|2"},
                                            {"pharmacist", "药师|3"},
                                            {"technician", "医技|医技人员|4"},
                                            {0}};
static const master_choice yes_no[] = {{"yes", "是|1"}, {"no", "否|0"}, {0}};

static const master_column staff_columns[] = {
    {"provider_code", "机构编码|定点医药机构编码", .kind = CELL_PROVIDER, .required = true,
     .key = true},
    {"staff_code", "执业人员代码|医保医师编码|医保护士编码|医保药师编码", .kind = CELL_CODE,
     .required = true, .key = true, .bytes_max = 20},
    {"own_no", "工号|自编号", .kind = CELL_CODE, .bytes_max = 20},
    {"name", "姓名", .kind = CELL_TEXT, .required = true, .bytes_max = 100},
    {"kind", "人员类别|执业人员分类", .kind = CELL_CHOICE, .required = true, .choice = staff_kinds},
    {"id_type", "证件类型", .kind = CELL_CHOICE, .choice = id_types},
    {"id_no", "身份证号|证件号码", .kind = CELL_CODE, .bytes_max = 40},
    {"qualification_no", "资格证书编码", .kind = CELL_CODE, .bytes_max = 30},
    {"practice_no", "执业证书编号", .kind = CELL_CODE, .bytes_max = 30},
    {"insurance_doctor", "医保医师标志", .kind = CELL_CHOICE, .choice = yes_no},
    {"from_on", "开始日期", .kind = CELL_DAY, .required = true},
    {"until_on", "结束日期", .kind = CELL_DAY},
    {"note", "变更原因|备注", .kind = CELL_TEXT, .bytes_max = 300},
};

#define COLUMNS(c) .column = (c), .column_count = (int)COUNTOF(c)

static const master_kind kinds[MASTER__COUNT] = {
    [MASTER_AREAS] = {.id = MASTER_AREAS,
                      .name = "areas",
                      .zh = "行政区划",
                      .en = "areas",
                      .topic = "area",
                      .action = "area",
                      COLUMNS(area_columns),
                      .find = SQL_AREA_FIND,
                      .add = SQL_AREA_ADD,
                      .set = SQL_AREA_SET},
    [MASTER_PROVIDERS] = {.id = MASTER_PROVIDERS,
                          .name = "providers",
                          .zh = "定点医药机构",
                          .en = "providers",
                          .topic = "provider",
                          .action = "provider",
                          COLUMNS(provider_columns),
                          .has_own_id = true,
                          .find = SQL_PROVIDER_FIND,
                          .find_by_id = SQL_PROVIDER_FIND_BY_ID,
                          .add = SQL_PROVIDER_ADD,
                          .set = SQL_PROVIDER_SET},
    [MASTER_AGREEMENTS] = {.id = MASTER_AGREEMENTS,
                           .name = "agreements",
                           .zh = "服务协议",
                           .en = "agreements",
                           .topic = "provider",
                           .action = "agreement",
                           COLUMNS(agreement_columns),
                           .has_owner = true,
                           .find = SQL_AGREEMENT_FIND,
                           .add = SQL_AGREEMENT_ADD,
                           .set = SQL_AGREEMENT_SET,
                           .periods = SQL_AGREEMENT_PERIODS},
    [MASTER_ITEMS] = {.id = MASTER_ITEMS,
                      .name = "items",
                      .zh = "目录项目",
                      .en = "items",
                      .topic = "item",
                      .action = "item",
                      COLUMNS(item_columns),
                      .find = SQL_ITEM_FIND,
                      .add = SQL_ITEM_ADD,
                      .set = SQL_ITEM_SET,
                      .has_version = true},
    [MASTER_TERMS] = {.id = MASTER_TERMS,
                      .name = "terms",
                      .zh = "目录支付条件",
                      .en = "terms",
                      .topic = "item",
                      .action = "term",
                      COLUMNS(term_columns),
                      .find = SQL_TERM_FIND,
                      .add = SQL_TERM_ADD,
                      .set = SQL_TERM_SET,
                      .has_version = true,
                      .periods = SQL_TERM_PERIODS},
    [MASTER_DISEASES] = {.id = MASTER_DISEASES,
                         .name = "diseases",
                         .zh = "疾病诊断",
                         .en = "diseases",
                         .action = "disease",
                         COLUMNS(disease_columns),
                         .find = SQL_DISEASE_FIND,
                         .add = SQL_DISEASE_ADD,
                         .set = SQL_DISEASE_SET,
                         .has_version = true},
    [MASTER_PERSONS] = {.id = MASTER_PERSONS,
                        .name = "persons",
                        .zh = "参保人",
                        .en = "persons",
                        .action = "person",
                        COLUMNS(person_columns),
                        .has_own_id = true,
                        .find = SQL_PERSON_FIND,
                        .find_by_id = SQL_PERSON_FIND_BY_ID,
                        .add = SQL_PERSON_ADD,
                        .set = SQL_PERSON_SET},
    [MASTER_COVERS] = {.id = MASTER_COVERS,
                       .name = "covers",
                       .zh = "参保关系",
                       .en = "covers",
                       .action = "cover",
                       COLUMNS(cover_columns),
                       .has_owner = true,
                       .has_facts = true,
                       .find = SQL_COVER_FIND,
                       .add = SQL_COVER_ADD,
                       .set = SQL_COVER_SET,
                       .periods = SQL_COVER_PERIODS},
    [MASTER_FLAGS] = {.id = MASTER_FLAGS,
                      .name = "flags",
                      .zh = "待遇标识",
                      .en = "flags",
                      .action = "flag",
                      COLUMNS(flag_columns),
                      .has_owner = true,
                      .find = SQL_FLAG_FIND,
                      .add = SQL_FLAG_ADD,
                      .set = SQL_FLAG_SET,
                      .periods = SQL_FLAG_PERIODS},
    [MASTER_GATEWAYS] = {.id = MASTER_GATEWAYS,
                         .name = "gateways",
                         .zh = "接口接入",
                         .en = "systems at the gateway",
                         .action = "gateway",
                         COLUMNS(gateway_columns),
                         .has_owner = true,
                         .find = SQL_GATEWAY_ACCESS_FIND,
                         .add = SQL_GATEWAY_ACCESS_ADD,
                         .set = SQL_GATEWAY_ACCESS_SET},
    [MASTER_CREDENTIALS] = {.id = MASTER_CREDENTIALS,
                            .name = "credentials",
                            .zh = "卡与电子凭证",
                            .en = "cards and tokens",
                            .action = "credential",
                            COLUMNS(credential_columns),
                            .has_owner = true,
                            .find = SQL_CREDENTIAL_FIND,
                            .add = SQL_CREDENTIAL_ADD,
                            .set = SQL_CREDENTIAL_SET},
    [MASTER_STAFF] = {.id = MASTER_STAFF,
                      .name = "staff",
                      .zh = "医护药师",
                      .en = "staff of providers",
                      .action = "staff",
                      COLUMNS(staff_columns),
                      .has_owner = true,
                      .find = SQL_STAFF_FIND,
                      .add = SQL_STAFF_ADD,
                      .set = SQL_STAFF_SET},
};

const master_kind *master_kind_of(master_id id)
{
    assert(id > MASTER_NONE);
    assert(id < MASTER__COUNT);
    return &kinds[id];
}

const master_kind *master_kind_named(str name)
{
    for (int i = 1; i < MASTER__COUNT; i++)
        if (str_eq(name, str_of(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

int master_column_find(const master_kind *k, str name)
{
    for (int i = 0; i < k->column_count; i++)
        if (str_eq(name, str_of(k->column[i].name)) || master_said(k->column[i].zh, name))
            return i;
    return -1;
}

bool master_said(const char *said, str s)
{
    for (const char *p = said; p && *p;) {
        ptrdiff_t n = (ptrdiff_t)strcspn(p, "|");
        if (str_eq((str){p, n}, s))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}
