/* What is wrong with a list, as far as settlement, person and scheme can tell. */
#include "service/discharge/discharge_internal.h"

#define NEWBORN_DAYS 28

typedef enum {
    FINDING_NONE = 0,
#define FINDING(id, name, severity, zh) FINDING_##id,
#include "service/discharge/finding.tbl.h"
} finding_kind;

static const struct {
    const char *name, *zh;
    int severity;
} finding_row[] = {
    {"", "", 0},
#define FINDING(id, name, severity, zh) {name, zh, severity},
#include "service/discharge/finding.tbl.h"
};

static void add(discharge_outcome *o, finding_kind kind, const char *field, str received)
{
    if (o->finding_count == DISCHARGE_FINDINGS_MAX)
        return;
    int severity = finding_row[kind].severity;
    o->finding[o->finding_count++] = (discharge_finding){.code = str_of(finding_row[kind].name),
                                                         .field = str_of(field),
                                                         .received = received,
                                                         .message = str_of(finding_row[kind].zh),
                                                         .severity = severity};
    if (severity > o->severity)
        o->severity = severity;
}

/* ---- codes ---- */

static bool code_known(const casemix_codes *codes, str code)
{
    char tidy[CODE_BYTES_MAX];
    const casemix_code *c = casemix_find(codes, code);
    if (!c)
        c = casemix_find(codes, casemix_code_tidy(tidy, code));
    return c && !(c->flags & CODE_MAPPED_AWAY) && (!(c->flags & CODE_FOREIGN) || c->map_to);
}

static void codes_check(discharge_outcome *o, const discharge_list *l, const casemix_scheme *s)
{
    int mains = 0;
    for (int i = 0; i < l->dx_count; i++) {
        mains += l->dx[i].main;
        if (l->dx[i].main && mains == 2)
            add(o, FINDING_SEVERAL_MAIN_DX, "diseinfo.maindiag_flag", l->dx[i].code);
        if (s && !code_known(&s->dx, l->dx[i].code))
            add(o, FINDING_UNKNOWN_DX, "diseinfo.diag_code", l->dx[i].code);
    }
    if (mains == 0)
        add(o, FINDING_NO_MAIN_DX, "diseinfo.maindiag_flag", S(""));
    for (int i = 0; s && i < l->procedure_count; i++)
        if (!code_known(&s->procedure, l->procedure[i].code))
            add(o, FINDING_UNKNOWN_PROCEDURE, "oprninfo.oprn_oprt_code", l->procedure[i].code);
}

/* ---- money ---- */

static int64_t fund_sum(const discharge_fund *f, int count, str code)
{
    int64_t fen = 0;
    for (int i = 0; i < count; i++)
        if (str_eq(f[i].code, code))
            fen += f[i].fen;
    return fen;
}

/* Each code once, in the order in which the list and then the settlement name them. */
static void funds_check(discharge_outcome *o, const discharge_list *l)
{
    for (int i = 0; i < l->said_count; i++) {
        str code = l->said[i].code;
        bool first = true;
        for (int k = 0; k < i; k++)
            first &= !str_eq(l->said[k].code, code);
        if (first &&
            fund_sum(l->said, l->said_count, code) != fund_sum(l->booked, l->booked_count, code))
            add(o, FINDING_FUND_DIFFERS, "payinfo.fund_payamt", code);
    }
    for (int i = 0; i < l->booked_count; i++) {
        bool said = l->booked[i].no_fund;
        for (int k = 0; k < l->said_count; k++)
            said |= str_eq(l->said[k].code, l->booked[i].code);
        if (!said)
            add(o, FINDING_FUND_DIFFERS, "payinfo.fund_pay_type", l->booked[i].code);
    }
}

/* ---- days ---- */

static bool after(str x, str y)
{
    return x.n && y.n && str_cmp(x, y) > 0;
}

static void days_check(discharge_outcome *o, const discharge_list *l)
{
    if (after(l->said_admit_on, l->said_end_on))
        add(o, FINDING_DAYS_ORDER, "dscg_time", l->said_end_on);
    if (after(l->bill_from, l->bill_until))
        add(o, FINDING_DAYS_ORDER, "setl_end_date", l->bill_until);
    if (l->said_admit_on.n && l->admit_on.n && !str_eq(l->said_admit_on, l->admit_on))
        add(o, FINDING_DAYS_DIFFER, "adm_time", l->said_admit_on);
    if (l->said_end_on.n && l->admit_on.n && !str_eq(l->said_end_on, l->end_on))
        add(o, FINDING_DAYS_DIFFER, "dscg_time", l->said_end_on);
    for (int i = 0; i < l->procedure_count; i++)
        if (after(l->said_admit_on, l->procedure[i].on) ||
            after(l->procedure[i].on, l->said_end_on))
            add(o, FINDING_OUTSIDE_STAY, "oprninfo.oprn_oprt_begntime", l->procedure[i].on);
}

/* ---- the person ---- */

static void person_check(discharge_outcome *o, const discharge_list *l)
{
    const int32_t *number = o->facts.number;
    int32_t days = number[CASE_AGE_DAYS];
    if (o->facts.sex == SEX_MISSING)
        add(o, FINDING_NO_SEX, "gend", S(""));
    if (number[CASE_AGE] == CASE_UNKNOWN)
        add(o, FINDING_NO_AGE, "age_days", S(""));
    if (l->age_days != CASE_UNKNOWN && number[CASE_AGE] != CASE_UNKNOWN && l->age_days != days)
        add(o, FINDING_AGE_DIFFERS, "age_days", S(""));
    if (days != CASE_UNKNOWN && days <= NEWBORN_DAYS && l->weight_g == CASE_UNKNOWN)
        add(o, FINDING_NEWBORN_WEIGHT, "nwb_bir_wt", S(""));
    if (!l->way_said)
        add(o, FINDING_NO_WAY, "dscg_way", S(""));
}

static void durations_check(discharge_outcome *o, const discharge_list *l)
{
    int32_t hours;
    if (l->ventilation.n && !discharge_hours(&hours, l->ventilation))
        add(o, FINDING_BAD_DURATION, "vent_used_dura", l->ventilation);
    for (int i = 0; i < l->icu_count; i++)
        if (!discharge_hours(&hours, l->icu[i]))
            add(o, FINDING_BAD_DURATION, "icuinfo.scs_cutd_sum_dura", l->icu[i]);
}

void discharge_check(discharge_outcome *out, const discharge_list *l, const casemix_scheme *s)
{
    codes_check(out, l, s);
    funds_check(out, l);
    days_check(out, l);
    person_check(out, l);
    durations_check(out, l);
    if (s && out->group.status != CASEMIX_GROUPED)
        add(out, FINDING_NO_GROUP, "diseinfo",
            str_of(casemix_reason_text(out->group.reason, true)));
}
