/* Making the area, and writing it down as files. */
#include "base/money.h"
#include "edge/demo/demo_internal.h"

#include <stdlib.h>

/* ---- people ---- */

static void name_make(demo_person *p, demo_dice *d, const char *surname)
{
    const char *const *given = p->male ? demo_male : demo_female;
    text_buffer t = {p->name, 0, sizeof p->name - 1, false};
    text_add(&t, str_of(surname));
    text_add(&t, str_of(demo_pick(d, given)));
    if (demo_chance(d, 82))
        text_add(&t, str_of(demo_pick(d, given)));
}

static void id_no_make(demo_person *p, demo_dice *d, int number)
{
    int year = DEMO_TODAY_YEAR - p->age, month = 1 + demo_below(d, 12);
    int of_month = 1 + demo_below(d, days_in_month(year, month));
    int order = (number / 2 * 2 + (p->male ? 1 : 0)) % 1000;
    text_buffer t = {p->id_no, 0, sizeof p->id_no, false};
    text_printf(&t, "%s%04d%02d%02d%03d", demo_counties[p->county].code, year, month, of_month,
                order);
    p->id_no[17] = master_id_no_check_digit(p->id_no);
    p->id_no[18] = 0;
}

static uint8_t county_pick(demo_dice *d)
{
    int at = demo_below(d, 100);
    for (uint8_t i = 0; i < DEMO_COUNTIES; i++) {
        at -= demo_counties[i].weight;
        if (at < 0)
            return i;
    }
    return 0;
}

static void cover_make(demo_person *p, demo_dice *d, bool employed_family)
{
    p->child = p->age < 18;
    p->retired = p->age >= (p->male ? 60 : 55);
    p->employee = !p->child && employed_family && demo_chance(d, p->retired ? 70 : 80);
    p->retired = p->retired && p->employee;
}

static void health_make(demo_person *p, demo_dice *d)
{
    static const char *const others[] = {"coronary", "stroke", "copd", "malignancy", NULL};
    int risk = p->age < 40 ? 1 : p->age < 60 ? 12 : 38;
    if (!demo_chance(d, risk))
        return;
    p->disease[0] = demo_chance(d, 60)   ? "hypertension"
                    : demo_chance(d, 60) ? "diabetes"
                                         : demo_pick(d, others);
    if (demo_chance(d, 25) && strcmp(p->disease[0], "diabetes") != 0)
        p->disease[1] = "diabetes";
}

static int household_make(demo_world *w, demo_dice *d, int at, int number)
{
    static const char *const needy[] = {"dibao",  "dibao",  "dibao", "tekun",
                                        "jiance", "dibian", NULL};
    int size = 1 + demo_below(d, 5), base = 24 + demo_below(d, 56);
    uint8_t county = county_pick(d);
    const char *surname = demo_pick(d, demo_surnames);
    bool employed = demo_chance(d, 32);
    const char *category = demo_chance(d, employed ? 1 : 9) ? demo_pick(d, needy) : NULL;
    for (int i = 0; i < size && at < w->person_count; i++, at++) {
        demo_person *p = &w->person[at];
        p->county = county;
        p->household = number;
        p->age = i < 2 ? base + demo_below(d, 5) : base - 24 - demo_below(d, 8);
        if (i == 4 && base < 66)
            p->age = base + 24 + demo_below(d, 6); /* a grandparent */
        p->age = p->age < 0 ? demo_below(d, 6) : p->age;
        p->male = i < 2 ? i == 0 : demo_chance(d, 51);
        name_make(p, d, i == 1 || i == 4 ? demo_pick(d, demo_surnames) : surname);
        id_no_make(p, d, at);
        cover_make(p, d, employed);
        health_make(p, d);
        p->category = category;
    }
    return at;
}

/* Numbers that came out alike get the next order number, so that everybody has his own. */
static int by_id_no(const void *a, const void *b)
{
    const demo_person *x = *(demo_person *const *)a, *y = *(demo_person *const *)b;
    int order = strcmp(x->id_no, y->id_no);
    return order ? order : (x > y) - (x < y);
}

static bool id_nos_part(demo_world *w)
{
    demo_person **sorted = malloc((size_t)w->person_count * sizeof(demo_person *));
    bool done = sorted != NULL, again = done;
    for (int round = 0; again && round < 1000; round++) {
        again = false;
        for (int i = 0; i < w->person_count; i++)
            sorted[i] = &w->person[i];
        qsort(sorted, (size_t)w->person_count, sizeof *sorted, by_id_no);
        for (int i = 1; i < w->person_count; i++) {
            demo_person *p = sorted[i];
            if (strcmp(p->id_no, sorted[i - 1]->id_no) != 0)
                continue;
            int order = (atoi((char[]){p->id_no[14], p->id_no[15], p->id_no[16], 0}) + 2) % 1000;
            p->id_no[14] = (char)('0' + order / 100);
            p->id_no[15] = (char)('0' + order / 10 % 10);
            p->id_no[16] = (char)('0' + order % 10);
            p->id_no[17] = master_id_no_check_digit(p->id_no);
            again = true;
        }
    }
    free(sorted);
    return done && !again;
}

/* ---- providers ---- */

static const struct {
    int count;
    const char *kind, *level, *ending; /* of the name */
} provider_plan[] = {
    {4, "hospital", "l3", "医院"},
    {18, "hospital", "l2", "医院"},
    {24, "hospital", "l1", "医院"},
    {20, "community_centre", "community", "社区卫生服务中心"},
    {40, "township", "community", "镇卫生院"},
    {80, "village_clinic", "village", "村卫生室"},
    {114, "pharmacy", "community", "大药房"},
};

static void providers_make(demo_world *w, demo_dice *d)
{
    static const uint8_t large[] = {0, 7, 8, 1}; /* where the hospitals of level 3 are */
    int at = 0;
    for (int k = 0; k < COUNTOF(provider_plan); k++) {
        bool rural = strstr(provider_plan[k].ending, "镇") || strstr(provider_plan[k].ending, "村");
        for (int i = 0; i < provider_plan[k].count; i++, at++) {
            demo_provider *p = &w->provider[at];
            p->county = k == 0 ? large[i] : k == 1 ? (uint8_t)(i % DEMO_COUNTIES) : county_pick(d);
            p->kind = provider_plan[k].kind;
            p->level = provider_plan[k].level;
            p->suspended = k > 1 && demo_chance(d, 2);
            text_buffer code = {p->code, 0, sizeof p->code - 1, false};
            text_printf(&code, "%c%s%05d", k == 6 ? 'P' : 'H', demo_counties[p->county].code,
                        at + 1);
            text_buffer name = {p->name, 0, sizeof p->name - 1, false};
            text_add(&name, str_of(demo_counties[p->county].name));
            text_add(&name, str_of(demo_pick(d, rural ? demo_villages : demo_good_names)));
            if (k == 5)
                text_add(&name, str_of(demo_pick(d, demo_villages)));
            text_add(&name, str_of(provider_plan[k].ending));
        }
    }
    assert(at == DEMO_PROVIDERS);
}

/* ---- catalogue ---- */

static void put_name(demo_item *it, const char *name, const char *more, const char *end)
{
    text_buffer t = {it->name, 0, sizeof it->name - 1, false};
    text_add(&t, str_of(name));
    text_add(&t, str_of(more));
    text_add(&t, str_of(end));
}

static demo_item *item_new(demo_world *w, char group)
{
    assert(w->item_count < DEMO_ITEMS_MAX);
    demo_item *it = &w->item[w->item_count++];
    text_buffer t = {it->code, 0, sizeof it->code - 1, false};
    text_printf(&t, "DEMO%c%05d", group, w->item_count);
    it->spec = it->unit = "";
    return it;
}

static void item_price(demo_item *it, demo_dice *d, int yuan)
{
    it->price_fen = yuan * (70 + demo_below(d, 60)) + demo_below(d, 100);
    if (it->item_class == 'B' && demo_chance(d, 70))
        it->pay_first_percent = 5 * (1 + demo_below(d, 4));
    if (it->item_class != 'C' && demo_chance(d, 15))
        it->limit_fen = it->price_fen * (85 + demo_below(d, 20)) / 100;
}

static void items_make(demo_world *w, demo_dice *d)
{
    static const char *const types[] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    for (int i = 0; i < demo_medicine_count; i++) {
        const demo_medicine *m = &demo_medicines[i];
        int forms = 6 + demo_below(d, 5);
        for (int k = 0; k < forms; k++) {
            demo_item *it = item_new(w, 'Y');
            put_name(it, m->name, demo_pick(d, demo_forms), "");
            it->kind = "drug";
            it->spec = demo_pick(d, demo_specs);
            it->unit = strstr(it->name, "注射液") ? "支" : "盒";
            it->item_class = demo_chance(d, 6) ? 'C' : m->item_class;
            item_price(it, d, m->yuan);
        }
    }
    w->drug_count = w->item_count;
    for (int i = 0; i < demo_service_count; i++) {
        const demo_service *s = &demo_services[i];
        for (int k = 0; demo_parts[k]; k++) {
            demo_item *it = item_new(w, 'F');
            put_name(it, s->name, s->has_part ? "·" : "", s->has_part ? demo_parts[k] : "");
            it->kind = "service";
            it->unit = strstr(s->name, "床位") || strstr(s->name, "护理") ? "日" : "次";
            it->item_class = demo_chance(d, 8)                         ? 'C'
                             : demo_chance(d, s->yuan > 150 ? 60 : 10) ? 'B'
                                                                       : 'A';
            item_price(it, d, s->yuan);
            if (!s->has_part)
                break;
        }
    }
    w->service_count = w->item_count - w->drug_count;
    for (int i = 0; i < demo_material_count; i++) {
        for (int k = 0; k < COUNTOF(types); k++) {
            demo_item *it = item_new(w, 'C');
            put_name(it, demo_materials[i].name, types[k], "型");
            it->kind = "material";
            it->unit = "个";
            it->item_class = demo_chance(d, 20) ? 'C' : 'B';
            item_price(it, d, demo_materials[i].yuan);
        }
    }
}

demo_world *demo_new(uint64_t seed, int person_count)
{
    demo_world *w = calloc(1, sizeof *w);
    demo_dice d = {seed * 0x2545f4914f6cdd1du + 1};
    if (!w || person_count < 1) {
        free(w);
        return NULL;
    }
    w->seed = seed;
    w->person_count = person_count;
    w->person = calloc((size_t)person_count, sizeof *w->person);
    w->chronic = calloc((size_t)person_count, sizeof *w->chronic);
    if (!w->person || !w->chronic) {
        demo_free(w);
        return NULL;
    }
    for (int at = 0, number = 1001; at < person_count; number++)
        at = household_make(w, &d, at, number);
    if (!id_nos_part(w)) {
        demo_free(w);
        return NULL;
    }
    for (int i = 0; i < person_count; i++)
        if (w->person[i].disease[0] && !w->person[i].employee)
            w->chronic[w->chronic_count++] = i;
    providers_make(w, &d);
    items_make(w, &d);
    return w;
}

void demo_free(demo_world *w)
{
    if (!w)
        return;
    free(w->person);
    free(w->chronic);
    free(w);
}

/* ---- files ---- */

static void areas_write(const demo_world *w, text_buffer *t)
{
    (void)w;
    text_printf(t, "area_code,name,pack_id\n350000,福建省,\n" DEMO_AREA ",宁德市,ningde\n");
    for (int i = 0; i < DEMO_COUNTIES; i++)
        text_printf(t, "%s,%s,\n", demo_counties[i].code, demo_counties[i].name);
}

static void providers_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "code,name,area_code,kind,level\n");
    for (int i = 0; i < DEMO_PROVIDERS; i++) {
        const demo_provider *p = &w->provider[i];
        text_printf(t, "%s,%s,%s,%s,%s\n", p->code, p->name, demo_counties[p->county].code, p->kind,
                    p->level);
    }
}

static void agreements_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "provider_code,from_on,until_on,state,agreement_no\n");
    for (int i = 0; i < DEMO_PROVIDERS; i++) {
        const demo_provider *p = &w->provider[i];
        text_printf(t, "%s,2024-01-01,%s,signed,DEMO-%d\n", p->code,
                    p->suspended ? "2026-03-31" : "", i + 1);
        if (p->suspended)
            text_printf(t, "%s,2026-04-01,,suspended,DEMO-%d\n", p->code, i + 1);
    }
}

static void items_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "item_code,name,kind,spec,unit\n");
    for (int i = 0; i < w->item_count; i++)
        text_printf(t, "%s,%s,%s,%s,%s\n", w->item[i].code, w->item[i].name, w->item[i].kind,
                    w->item[i].spec, w->item[i].unit);
}

static void terms_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "area_code,item_code,from_on,item_class,pay_first,limit,price\n");
    for (int i = 0; i < w->item_count; i++) {
        const demo_item *it = &w->item[i];
        text_printf(t, DEMO_AREA ",%s,2024-01-01,%c,", it->code, it->item_class);
        if (it->pay_first_percent)
            text_printf(t, "%d%%", it->pay_first_percent);
        text_add(t, S(","));
        if (it->limit_fen)
            text_printf(t, "%s", money_show(it->limit_fen).c);
        text_printf(t, ",%s\n", money_show(it->price_fen).c);
    }
}

static void diseases_write(const demo_world *w, text_buffer *t)
{
    (void)w;
    text_printf(
        t,
        "icd_code,name\nI10.x00,原发性高血压\nE11.900,2型糖尿病\nI25.101,冠状动脉粥样硬化性心脏病\n"
        "I63.900,脑梗死\nJ44.900,慢性阻塞性肺疾病\nC34.900,支气管或肺恶性肿瘤\nJ06.900,"
        "急性上呼吸道感染\n"
        "K35.800,急性阑尾炎\nK80.200,胆囊结石\nS82.800,小腿骨折\nJ18.900,肺炎\nH25.900,"
        "老年性白内障\n");
}

static void persons_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "area_code,id_no,name,household\n");
    for (int i = 0; i < w->person_count; i++) {
        const demo_person *p = &w->person[i];
        text_printf(t, "%s,%s,%s,%d\n", demo_counties[p->county].code, p->id_no, p->name,
                    p->household);
    }
}

static void covers_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "id_no,scheme,status,from_on,group\n");
    for (int i = 0; i < w->person_count; i++) {
        const demo_person *p = &w->person[i];
        int born = DEMO_TODAY_YEAR - p->age;
        text_printf(t, "%s,%s,%s,%04d-01-01,%s\n", p->id_no, p->employee ? "employee" : "resident",
                    !p->employee ? "resident"
                    : p->retired ? "retired"
                                 : "active",
                    born > 2020 ? born : 2020,
                    p->employee ? ""
                    : p->child  ? "student_child"
                                : "adult");
    }
}

static void flags_write(const demo_world *w, text_buffer *t)
{
    text_printf(t, "id_no,kind,value,from_on\n");
    for (int i = 0; i < w->person_count; i++) {
        const demo_person *p = &w->person[i];
        if (p->category)
            text_printf(t, "%s,category,%s,2024-01-01\n", p->id_no, p->category);
        for (int k = 0; k < DEMO_DISEASES_MAX && p->disease[k]; k++)
            text_printf(t, "%s,disease,%s,2024-06-01\n", p->id_no, p->disease[k]);
    }
}

char *demo_csv(const demo_world *w, master_id kind, ptrdiff_t *bytes)
{
    static void (*const write[MASTER__COUNT])(const demo_world *, text_buffer *) = {
        [MASTER_AREAS] = areas_write,           [MASTER_PROVIDERS] = providers_write,
        [MASTER_AGREEMENTS] = agreements_write, [MASTER_ITEMS] = items_write,
        [MASTER_TERMS] = terms_write,           [MASTER_DISEASES] = diseases_write,
        [MASTER_PERSONS] = persons_write,       [MASTER_COVERS] = covers_write,
        [MASTER_FLAGS] = flags_write,
    };
    ptrdiff_t cap = ((ptrdiff_t)1 << 20) + 200 * (ptrdiff_t)w->person_count;
    text_buffer t = {malloc((size_t)cap), 0, cap, false};
    if (!t.p)
        return NULL;
    if (write[kind]) /* the area has no file of another kind */
        write[kind](w, &t);
    assert(!t.cut);
    *bytes = t.n;
    return t.p;
}
