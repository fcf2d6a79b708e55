/* Everybody and everything in the sandbox.  Made up; division names are facts. */
#include "edge/sandbox/sandbox_internal.h"

/* ---- test cards ---- */

/* A person for each case that a system has to get right. */
static const struct {
    const char *key, *name, *born;
    int number; /* odd = male */
    const char *area, *scheme, *status, *group, *from, *until, *death;
    const char *category, *disease;
    const char *zh, *en;
} cards[] = {
    {"employee", "赵在职", "1985-03-12", 101, "350902", "employee", "active", "", "2020-01-01", "",
     "", "", "", "职工在职", "employee in service"},
    {"retired", "钱退休", "1955-06-20", 102, "350902", "employee", "retired", "", "2020-01-01", "",
     "", "", "", "职工退休，比例高 5 个百分点", "retired employee, 5 points more"},
    {"resident", "孙居民", "1980-02-03", 103, "350902", "resident", "resident", "adult",
     "2020-01-01", "", "", "", "", "城乡居民", "resident"},
    {"child", "李小童", "2018-09-01", 104, "350902", "resident", "resident", "student_child",
     "2020-01-01", "", "", "", "", "学生儿童", "child"},
    {"dibao", "周低保", "1972-11-05", 105, "350902", "resident", "resident", "adult", "2020-01-01",
     "", "", "dibao", "", "低保对象，有医疗救助", "minimum living allowance: assisted"},
    {"tekun", "吴特困", "1949-04-18", 106, "350902", "resident", "resident", "adult", "2020-01-01",
     "", "", "tekun", "", "特困人员，救助 100%", "destitute: assisted in full"},
    {"dibian", "郑低边", "1968-01-22", 107, "350902", "resident", "resident", "adult", "2020-01-01",
     "", "", "dibian", "", "低保边缘家庭，救助起付线 3000 元",
     "near the minimum: assisted above 3,000"},
    {"chronic", "王慢病", "1961-07-30", 108, "350902", "resident", "resident", "adult",
     "2020-01-01", "", "", "", "hypertension", "已认定高血压：med_type 9901，dise_codg M03900",
     "hypertension recognised: med_type 9901, dise_codg M03900"},
    {"not_insured", "冯未保", "1990-05-16", 109, "350902", "", "", "", "", "", "", "", "",
     "已登记，从未参保", "known, never insured"},
    {"suspended", "陈停保", "1988-12-09", 110, "350902", "employee", "active", "", "2020-01-01",
     "2024-12-31", "", "", "", "2024 年底停保", "cover ended with 2024"},
    {"deceased", "褚已故", "1940-08-08", 111, "350902", "resident", "resident", "adult",
     "2020-01-01", "", "2025-03-01", "", "", "2025-03-01 死亡", "died on 2025-03-01"},
    {"deductible_met", "卫起付", "1979-10-10", 112, "350902", "employee", "active", "",
     "2020-01-01", "", "", "", "", "本年门诊起付线 600 元已满",
     "outpatient deductible of the year is met"},
    {"near_cap", "蒋封顶", "1976-02-27", 113, "350902", "resident", "resident", "adult",
     "2020-01-01", "", "", "", "", "本年普通门诊额度 200 元只剩 10 元",
     "10 yuan left of the outpatient cap of 200"},
    {"elsewhere", "沈异地", "1983-06-06", 114, "350102", "resident", "resident", "adult",
     "2020-01-01", "", "", "", "", "参保地福州，在宁德就医", "insured in Fuzhou, treated here"},
    {"employee_2", "韩接班", "1992-08-19", 115, "350902", "employee", "active", "", "2020-01-01",
     "", "", "", "", "职工在职，供验收序列使用", "employee, for the acceptance sequence"},
    {"resident_2", "杨接力", "1987-03-03", 116, "350902", "resident", "resident", "adult",
     "2020-01-01", "", "", "", "", "城乡居民，供并发和批量测试使用",
     "resident, for tests in parallel"},
};

static str id_no_of(ptrdiff_t i, arena *a)
{
    char no[19] = "";
    text_buffer t = {no, 0, sizeof no, false};
    const char *b = cards[i].born;
    text_printf(&t, "%s%.4s%.2s%.2s%03d", cards[i].area, b, b + 5, b + 8, cards[i].number);
    no[17] = master_id_no_check_digit(no);
    return arena_str(a, (str){no, 18});
}

void sandbox_cards_json(json_out *o, arena *a)
{
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < COUNTOF(cards); i++) {
        json_open(o, '{');
        json_field(o, S("key"), str_of(cards[i].key));
        json_field(o, S("name"), str_of(cards[i].name));
        json_field(o, S("id_no"), id_no_of(i, a));
        json_field(o, S("scheme"), str_of(cards[i].scheme));
        json_field(o, S("zh"), str_of(cards[i].zh));
        json_field(o, S("en"), str_of(cards[i].en));
        json_close(o, '}');
    }
    json_close(o, ']');
}

str sandbox_first_message(arena *a)
{
    str no = id_no_of(0, a);
    return arena_printf(
        a,
        "{\"infno\":\"1101\",\"msgid\":\"H350902000012026010108000000001\",\"fixmedins_code\":"
        "\"H35090200001\",\"input\":{\"data\":{\"mdtrt_cert_type\":\"02\",\"mdtrt_cert_no\":\"%.*"
        "s\"}}}",
        STR_ARG(no));
}

/* ---- institutions ---- */

#define PAST "H35092199999" /* where the cards' bills of the past were settled */

static const struct {
    const char *code, *name, *kind, *level;
    const char *gateway; /* state to single_nodes; NULL = its system does not come */
} institutions[] = {
    {"H35090200001", "沙箱第一医院", "hospital", "l3",
     "open,none,off,,,lenient,free,number,number,object"},
    {"H35090200002", "沙箱第二医院", "hospital", "l2",
     "open,x-tif,strict,sandbox-h2,9f3c1d7a5b2e4860,lenient,free,number,number,object"},
    {"H35090200003", "沙箱第三医院", "hospital", "l1",
     "open,api,strict,sandbox-h3,4c8e0a6d2f1b7935,lenient,free,number,number,object"},
    {"H35090200004", "沙箱社区卫生服务中心", "community_centre", "community",
     "open,x-ca,strict,sandbox-h4,e17b5c3f9d20a846,lenient,free,number,number,object"},
    {"H35090200005", "沙箱卫生院", "township", "community",
     "open,none,off,,,strict,required,string,string,array"},
    {"H35090200006", "沙箱村卫生室", "village_clinic", "village",
     "open,x-tif,lenient,sandbox-h6,0b5d9e7c3a1f6284,lenient,free,string,number,object"},
    {"P35090200007", "沙箱大药房", "pharmacy", "community",
     "open,none,off,,,lenient,free,number,number,object"},
    {"H35090200008", "沙箱中止医院", "hospital", "l2",
     "open,none,off,,,lenient,free,number,number,object"},
    {"H35090200009", "沙箱未开通医院", "hospital", "l2",
     "closed,none,off,,,lenient,free,number,number,object"},
    {PAST, "沙箱往日医院", "township", "community", NULL},
};

/* ---- catalogue ---- */

static const struct {
    const char *code, *name, *kind, *unit, *term, *zh, *en; /* class, first share, limit, price */
} items[] = {
    {"SBXY0001", "沙箱甲类片", "drug", "盒", "A,,,10.00", "甲类", "class A"},
    {"SBXY0002", "沙箱乙类胶囊", "drug", "盒", "B,10%,,20.00", "乙类，先自付 10%",
     "class B, 10% first"},
    {"SBXY0003", "沙箱自费口服液", "drug", "盒", "C,,,30.00", "丙类（自费）", "class C: own cost"},
    {"SBXY0004", "沙箱限价颗粒", "drug", "盒", "B,20%,12.50,14.80", "乙类，先自付 20%，限价 12.50",
     "class B, 20% first, limit 12.50"},
    {"SBXF0001", "沙箱诊查费", "service", "次", "A,,,10.00", "甲类诊疗", "class A service"},
    {"SBXF0002", "沙箱血常规", "service", "次", "A,,,18.00", "甲类检验", "class A test"},
    {"SBXF0003", "沙箱床位费", "service", "日", "A,,40.00,40.00", "甲类床位，限价 40",
     "bed, limit 40"},
    {"SBXF0004", "沙箱切除术", "service", "次", "A,,,3000.00", "甲类手术", "class A operation"},
    {"SBXC0001", "沙箱留置针", "material", "个", "B,20%,,18.00", "乙类耗材，先自付 20%",
     "class B material, 20% first"},
};

void sandbox_items_json(json_out *o)
{
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < COUNTOF(items); i++) {
        json_open(o, '{');
        json_field(o, S("item_code"), str_of(items[i].code));
        json_field(o, S("name"), str_of(items[i].name));
        json_field(o, S("term"), str_of(items[i].term));
        json_field(o, S("zh"), str_of(items[i].zh));
        json_field(o, S("en"), str_of(items[i].en));
        json_close(o, '}');
    }
    json_close(o, ']');
}

/* ---- files ---- */

static void areas_write(text_buffer *t)
{
    text_printf(t,
                "area_code,name,pack_id\n350000,福建省,\n" SANDBOX_AREA
                ",宁德市,ningde\n350902,蕉城区,\n350921,霞浦县,\n350100,福州市,\n350102,鼓楼区,\n");
}

static void providers_write(text_buffer *t)
{
    text_printf(t, "code,name,area_code,kind,level\n");
    for (ptrdiff_t i = 0; i < COUNTOF(institutions); i++)
        text_printf(t, "%s,%s,%s,%s,%s\n", institutions[i].code, institutions[i].name,
                    institutions[i].gateway ? "350902" : "350921", institutions[i].kind,
                    institutions[i].level);
}

static void agreements_write(text_buffer *t)
{
    text_printf(t, "provider_code,from_on,until_on,state,agreement_no\n");
    for (ptrdiff_t i = 0; i < COUNTOF(institutions); i++) {
        bool ended = strstr(institutions[i].name, "中止") != NULL;
        text_printf(t, "%s,2020-01-01,%s,signed,SBX-%td\n", institutions[i].code,
                    ended ? "2024-12-31" : "", i + 1);
        if (ended)
            text_printf(t, "%s,2025-01-01,,suspended,SBX-%td\n", institutions[i].code, i + 1);
    }
}

static void gateways_write(text_buffer *t)
{
    text_printf(t, "provider_code,state,signature,verify,access_key,secret,checks,sign_in,infcode,"
                   "amounts,single_nodes\n");
    for (ptrdiff_t i = 0; i < COUNTOF(institutions); i++) {
        const char *g = institutions[i].gateway;
        if (g)
            text_printf(t, "%s,%s\n", institutions[i].code, g);
    }
}

static void items_write(text_buffer *t)
{
    text_printf(t, "item_code,name,kind,unit\n");
    for (ptrdiff_t i = 0; i < COUNTOF(items); i++)
        text_printf(t, "%s,%s,%s,%s\n", items[i].code, items[i].name, items[i].kind, items[i].unit);
}

static void terms_write(text_buffer *t)
{
    text_printf(t, "area_code,item_code,from_on,item_class,pay_first,limit,price\n");
    for (ptrdiff_t i = 0; i < COUNTOF(items); i++)
        text_printf(t, SANDBOX_AREA ",%s,2020-01-01,%s\n", items[i].code, items[i].term);
}

static void diseases_write(text_buffer *t)
{
    text_printf(t, "icd_code,name\nI10.x00,原发性高血压\nE11.900,2型糖尿病\n"
                   "J06.900,急性上呼吸道感染\nJ18.900,肺炎\nK35.800,急性阑尾炎\n");
}

static void persons_write(text_buffer *t, arena *a)
{
    text_printf(t, "area_code,id_no,name,death_on\n");
    for (ptrdiff_t i = 0; i < COUNTOF(cards); i++)
        text_printf(t, "%s,%.*s,%s,%s\n", cards[i].area, STR_ARG(id_no_of(i, a)), cards[i].name,
                    cards[i].death);
}

static void covers_write(text_buffer *t, arena *a)
{
    text_printf(t, "id_no,scheme,status,from_on,until_on,group\n");
    for (ptrdiff_t i = 0; i < COUNTOF(cards); i++)
        if (cards[i].scheme[0])
            text_printf(t, "%.*s,%s,%s,%s,%s,%s\n", STR_ARG(id_no_of(i, a)), cards[i].scheme,
                        cards[i].status, cards[i].from, cards[i].until, cards[i].group);
}

static void flags_write(text_buffer *t, arena *a)
{
    text_printf(t, "id_no,kind,value,from_on\n");
    for (ptrdiff_t i = 0; i < COUNTOF(cards); i++) {
        if (cards[i].category[0])
            text_printf(t, "%.*s,category,%s,2024-01-01\n", STR_ARG(id_no_of(i, a)),
                        cards[i].category);
        if (cards[i].disease[0])
            text_printf(t, "%.*s,disease,%s,2024-01-01\n", STR_ARG(id_no_of(i, a)),
                        cards[i].disease);
    }
}

str sandbox_csv(master_id kind, arena *a)
{
    static void (*const plain[MASTER__COUNT])(text_buffer *) = {
        [MASTER_AREAS] = areas_write,           [MASTER_PROVIDERS] = providers_write,
        [MASTER_AGREEMENTS] = agreements_write, [MASTER_ITEMS] = items_write,
        [MASTER_TERMS] = terms_write,           [MASTER_DISEASES] = diseases_write,
        [MASTER_GATEWAYS] = gateways_write,
    };
    static void (*const numbered[MASTER__COUNT])(text_buffer *, arena *) = {
        [MASTER_PERSONS] = persons_write,
        [MASTER_COVERS] = covers_write,
        [MASTER_FLAGS] = flags_write,
    };
    const ptrdiff_t room = 16 << 10;
    text_buffer t = {arena_new(a, char, room), 0, room, false};
    if (plain[kind])
        plain[kind](&t);
    if (numbered[kind])
        numbered[kind](&t, a);
    assert(!t.cut);
    return (str){t.p, t.n};
}

/* ---- what happened before ---- */

static const struct {
    const char *key, *lines;
} bills[] = {
    {"deductible_met", "[{\"code\":\"SBXF0002\",\"quantity\":50,\"unit_price\":\"18.00\"}]"},
    {"near_cap", "[{\"code\":\"SBXY0001\",\"quantity\":38,\"unit_price\":\"10.00\"}]"},
};

int sandbox_bill_count(void)
{
    return (int)COUNTOF(bills);
}

sandbox_bill sandbox_bill_at(int i, day today, arena *a)
{
    char on[DAY_TEXT_SIZE];
    day_print(on, today);
    sandbox_bill b = {
        .provider_code = S(PAST),
        .visit = arena_printf(a, "{\"kind\":\"outpatient\",\"date\":\"%s\",\"visit_no\":\"SBX%d\"}",
                              on, i + 1),
        .lines = str_of(bills[i].lines)};
    for (ptrdiff_t k = 0; k < COUNTOF(cards); k++)
        if (strcmp(cards[k].key, bills[i].key) == 0)
            b.id_no = id_no_of(k, a);
    return b;
}
