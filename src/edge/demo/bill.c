/* The bills of a month. */
#include "base/money.h"
#include "edge/demo/demo_internal.h"

typedef enum {
    BILL_OUTPATIENT,
    BILL_CHRONIC,
    BILL_TWO_DISEASES,
    BILL_PHARMACY,
    BILL_INPATIENT
} bill_kind;

typedef struct {
    const demo_world *w;
    demo_dice dice;
    bill_kind kind;
    int person, provider;
} billing;

static bool provider_fits(const demo_provider *p, bill_kind kind, bool employee)
{
    bool pharmacy = strcmp(p->kind, "pharmacy") == 0, village = strcmp(p->level, "village") == 0;
    if (p->suspended)
        return false;
    switch (kind) {
    case BILL_PHARMACY:
        return pharmacy;
    case BILL_INPATIENT:
    case BILL_CHRONIC:
    case BILL_TWO_DISEASES:
        return !pharmacy && !village;
    case BILL_OUTPATIENT:
        return !pharmacy && !(employee && village);
    }
    return false;
}

/* Mostly near home; a stay often in a larger hospital. */
static int provider_pick(billing *b)
{
    const demo_world *w = b->w;
    const demo_person *p = &w->person[b->person];
    int best = -1;
    for (int tries = 0; tries < 60; tries++) {
        bool large = b->kind == BILL_INPATIENT && demo_chance(&b->dice, 70);
        int i = demo_below(&b->dice, large ? 22 : DEMO_PROVIDERS);
        if (!provider_fits(&w->provider[i], b->kind, p->employee))
            continue;
        best = i;
        if (w->provider[i].county == p->county || demo_chance(&b->dice, 8))
            break;
    }
    for (int i = 0; best < 0 && i < DEMO_PROVIDERS; i++)
        if (provider_fits(&w->provider[i], b->kind, p->employee))
            best = i;
    return best;
}

static int elder_pick(billing *b, int percent_any)
{
    int at = demo_below(&b->dice, b->w->person_count);
    for (int i = 0; i < 12 && !demo_chance(&b->dice, percent_any) && b->w->person[at].age < 55; i++)
        at = demo_below(&b->dice, b->w->person_count);
    return at;
}

static billing billing_of(const demo_world *w, int n)
{
    billing b = {.w = w, .dice = {w->seed ^ (0xa0761d6478bd642fu * (uint64_t)(n + 1))}};
    int at = demo_below(&b.dice, 100);
    b.kind = at < 55   ? BILL_OUTPATIENT
             : at < 72 ? BILL_CHRONIC
             : at < 80 ? BILL_TWO_DISEASES
             : at < 94 ? BILL_PHARMACY
                       : BILL_INPATIENT;
    if ((b.kind == BILL_CHRONIC || b.kind == BILL_TWO_DISEASES) && w->chronic_count > 0) {
        b.person = w->chronic[demo_below(&b.dice, w->chronic_count)];
        const char *disease = w->person[b.person].disease[0];
        bool two = strcmp(disease, "hypertension") == 0 || strcmp(disease, "diabetes") == 0;
        if (!two)
            b.kind = BILL_CHRONIC;
    } else {
        if (b.kind == BILL_CHRONIC || b.kind == BILL_TWO_DISEASES)
            b.kind = BILL_OUTPATIENT;
        b.person = elder_pick(&b, 35);
    }
    if (b.kind == BILL_PHARMACY) { /* the outpatient fund of employees pays in pharmacies, too */
        for (int i = 0; i < 200 && !w->person[b.person].employee; i++)
            b.person = demo_below(&b.dice, w->person_count);
        if (!w->person[b.person].employee)
            b.kind = BILL_OUTPATIENT;
    }
    b.provider = provider_pick(&b);
    return b;
}

int demo_bill_person(const demo_world *w, int n)
{
    return billing_of(w, n).person;
}

/* ---- writing ---- */

static const demo_item *item_pick(billing *b)
{
    const demo_world *w = b->w;
    bool stay = b->kind == BILL_INPATIENT;
    int drug = b->kind == BILL_OUTPATIENT ? 60 : stay ? 55 : 100;
    for (int tries = 0; tries < 20; tries++) {
        const demo_item *it;
        if (demo_chance(&b->dice, drug))
            it = &w->item[demo_below(&b->dice, w->drug_count)];
        else if (stay && demo_chance(&b->dice, 25))
            it = &w->item[w->drug_count + w->service_count +
                          demo_below(&b->dice, w->item_count - w->drug_count - w->service_count)];
        else
            it = &w->item[w->drug_count + demo_below(&b->dice, w->service_count)];
        int top = stay ? 500000 : 15000; /* nobody has an operation in a village clinic */
        if (it->price_fen <= top && (it->price_fen < 60000 || demo_chance(&b->dice, 25)))
            return it;
    }
    return &w->item[0];
}

static void line_write(json_out *o, billing *b, bool stay)
{
    const demo_item *it = item_pick(b);
    bool drug = strcmp(it->kind, "drug") == 0;
    int most = !stay ? (drug ? 3 : 1) : it->price_fen > 20000 ? 2 : drug ? 10 : 5;
    json_open(o, '{');
    json_field(o, S("code"), str_of(it->code));
    json_field_number(o, S("quantity"), 1 + demo_below(&b->dice, most));
    json_field_money(o, S("unit_price"), it->price_fen);
    json_close(o, '}');
}

static void visit_write(json_out *o, billing *b, int n, day on)
{
    static const char *const kind[] = {"outpatient", "chronic", "two_diseases", "outpatient",
                                       "inpatient"};
    const demo_person *p = &b->w->person[b->person];
    char text[DAY_TEXT_SIZE];
    json_key(o, S("visit"));
    json_open(o, '{');
    json_field(o, S("kind"), str_of(kind[b->kind]));
    day_print(text, on);
    json_field(o, S("date"), str_of(text));
    if (b->kind == BILL_INPATIENT) {
        day_print(text, (day){on.number - 3 - demo_below(&b->dice, 12)});
        json_field(o, S("admit_date"), str_of(text));
    }
    json_field(o, S("visit_no"), arena_printf(o->a, "V%d", n + 1));
    if (b->kind == BILL_CHRONIC || b->kind == BILL_TWO_DISEASES)
        json_field(o, S("disease"), str_of(p->disease[0]));
    json_close(o, '}');
}

str demo_bill(const demo_world *w, int n, int count, day first, const demo_ids *ids, arena *a)
{
    billing b = billing_of(w, n);
    const demo_provider *provider = &w->provider[b.provider];
    civil month = day_civil(first);
    int days = days_in_month(month.year, month.month);
    day on = {first.number + (int)((int64_t)n * days / (count > 0 ? count : 1))};
    bool stay = b.kind == BILL_INPATIENT;
    int l3 = strcmp(provider->level, "l3") == 0, l2 = strcmp(provider->level, "l2") == 0;
    int lines = !stay ? 1 + demo_below(&b.dice, 6)
                : l3  ? 15 + demo_below(&b.dice, 46)
                : l2  ? 10 + demo_below(&b.dice, 30)
                      : 5 + demo_below(&b.dice, 15);
    json_out o = json_out_new(a, 4096);
    json_open(&o, '{');
    json_field_id(&o, S("person_id"), ids->person(ids->arg, str_of(w->person[b.person].id_no)));
    json_field_id(&o, S("provider_id"), ids->provider(ids->arg, str_of(provider->code)));
    json_field(&o, S("channel"), stay || demo_chance(&b.dice, 70) ? S("hospital") : S("counter"));
    json_field(&o, S("bill_no"), arena_printf(a, "DEMO%06d", n + 1));
    visit_write(&o, &b, n, on);
    json_key(&o, S("lines"));
    json_open(&o, '[');
    for (int i = 0; i < lines; i++)
        line_write(&o, &b, stay);
    json_close(&o, ']');
    json_close(&o, '}');
    return json_out_text(&o);
}
