#include "service/discharge/discharge.h"

#include "service/discharge/discharge_internal.h"

static const casemix_options as_settled = {.map = true, .tidy = true};

bool discharge_hours(int32_t *hours, str text)
{
    static const int64_t worth[] = {1440, 60, 1};
    int64_t part = 0, minutes = 0;
    int at = 0, digits = 0;
    for (ptrdiff_t i = 0; i <= text.n; i++) {
        if (i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && digits < 4) {
            part = part * 10 + (text.p[i] - '0');
            digits++;
        } else if ((i == text.n || text.p[i] == '/') && digits && at < 3) {
            minutes += part * worth[at++];
            part = digits = 0;
        } else {
            return false;
        }
    }
    *hours = (int32_t)(minutes / 60);
    return at == 3;
}

/* ---- the case ---- */

static void codes_take(casemix_case *c, const discharge_list *l, arena *a)
{
    str *other = arena_new(a, str, l->dx_count + 1);
    str *procedure = arena_new(a, str, l->procedure_count + 1);
    int others = 0, procedures = 1; /* the first place is the main one's */
    for (int i = 0; i < l->dx_count; i++) {
        if (l->dx[i].main && c->main_dx.n == 0)
            c->main_dx = l->dx[i].code;
        else
            other[others++] = l->dx[i].code;
    }
    for (int i = 0; i < l->procedure_count; i++) {
        if (l->procedure[i].main && procedure[0].n == 0)
            procedure[0] = l->procedure[i].code;
        else
            procedure[procedures++] = l->procedure[i].code;
    }
    c->other_dx = other;
    c->other_dx_count = others;
    c->procedure = procedure;
    c->procedure_count = procedures;
}

static void age_take(casemix_case *c, const discharge_list *l)
{
    day born, on;
    str at = l->said_admit_on.n ? l->said_admit_on : l->admit_on;
    if (day_parse(&born, l->birth_on) && day_parse(&on, at) && on.number >= born.number) {
        c->number[CASE_AGE] = age_on(born, on);
        if (c->number[CASE_AGE] == 0)
            c->number[CASE_AGE_DAYS] = on.number - born.number;
    } else if (l->age_days != CASE_UNKNOWN) {
        c->number[CASE_AGE] = 0;
        c->number[CASE_AGE_DAYS] = l->age_days;
    }
}

static void case_of(casemix_case *c, const discharge_list *l, arena *a)
{
    day from, until;
    int32_t hours;
    casemix_case_clear(c);
    codes_take(c, l, a);
    age_take(c, l);
    c->sex = str_eq(l->sex, S("male")) ? SEX_MALE
                                       : (str_eq(l->sex, S("female")) ? SEX_FEMALE : SEX_MISSING);
    c->number[CASE_WEIGHT] = l->weight_g;
    if (day_parse(&from, l->said_admit_on.n ? l->said_admit_on : l->admit_on) &&
        day_parse(&until, l->said_end_on.n ? l->said_end_on : l->end_on) &&
        until.number >= from.number)
        c->number[CASE_STAY] = until.number - from.number;
    if (discharge_hours(&hours, l->ventilation))
        c->number[CASE_VENTILATION] = hours;
    for (int i = 0; i < l->icu_count; i++)
        if (discharge_hours(&hours, l->icu[i]))
            c->number[CASE_ICU] =
                hours + (c->number[CASE_ICU] == CASE_UNKNOWN ? 0 : c->number[CASE_ICU]);
    c->died = l->died;
    c->day_surgery = l->day_surgery;
}

static void list_json(json_out *o, str key, const str *code, int32_t count)
{
    json_key(o, key);
    json_open(o, '[');
    for (int32_t i = 0; i < count; i++)
        json_str(o, code[i]);
    json_close(o, ']');
}

static str facts_json(const casemix_case *c, arena *a)
{
    static const char *const name[CASE_NUMBER__COUNT] = {"age", "age_days",  "birth_weight",
                                                         "los", "icu_hours", "ventilation_hours"};
    json_out o = json_out_new(a, 512);
    json_open(&o, '{');
    json_field(&o, S("main_dx"), c->main_dx);
    list_json(&o, S("other_dx"), c->other_dx, c->other_dx_count);
    list_json(&o, S("procedures"), c->procedure, c->procedure_count);
    json_field_number(&o, S("sex"), c->sex);
    for (int i = 0; i < CASE_NUMBER__COUNT; i++)
        if (c->number[i] != CASE_UNKNOWN)
            json_field_number(&o, str_of(name[i]), c->number[i]);
    json_field_bool(&o, S("died"), c->died);
    json_field_bool(&o, S("day_surgery"), c->day_surgery);
    json_close(&o, '}');
    return json_out_text(&o);
}

/* ---- the group ---- */

static str path_text(const casemix_scheme *s, const casemix_path *path, arena *a)
{
    text_buffer t = {arena_new(a, char, DISCHARGE_PATH_BYTES), 0, DISCHARGE_PATH_BYTES, false};
    for (int i = 0; i < path->count; i++) {
        if (i)
            text_add(&t, S("；"));
        casemix_sentence(&t, s, path, i, true);
    }
    return (str){t.p, t.n};
}

/* Which diagnosis made it severe: "mcc A41.900". */
static str complication_of(const casemix_path *path, arena *a)
{
    for (int i = 0; i < path->count; i++)
        if (path->step[i].kind == CASEMIX_STEP_MCC_COUNTS ||
            path->step[i].kind == CASEMIX_STEP_CC_COUNTS)
            return arena_printf(a, "%s %.*s",
                                casemix_step_name((casemix_step_kind)path->step[i].kind),
                                STR_ARG(path->step[i].code));
    return S("");
}

/* ---- keeping ---- */

static void findings_put(store_job *job, const discharge_list *l, const discharge_outcome *o)
{
    const store_value of[] = {STORE_N(o->list_id), STORE_N(l->person_id)};
    store_put(job, SQL_DISCHARGE_FINDINGS_DROP, of, COUNTOF(of));
    for (int i = 0; i < o->finding_count; i++) {
        const discharge_finding *f = &o->finding[i];
        const store_value row[] = {STORE_N(l->person_id), STORE_N(o->list_id), STORE_N(i + 1),
                                   STORE_T(f->code),      STORE_T(f->field),   STORE_N(f->severity),
                                   STORE_T(f->received),  STORE_T(f->message)};
        store_put(job, SQL_DISCHARGE_FINDING_ADD, row, COUNTOF(row));
    }
}

static void list_put(store_job *job,
                     const discharge_list *l,
                     const discharge_outcome *o,
                     const discharge_grouping *by,
                     const casemix_path *path,
                     arena *a)
{
    const casemix_scheme *s = by->scheme;
    const casemix_result *g = &o->group;
    str status = s ? str_of(casemix_status_name(g->status)) : S("");
    str reason = g->reason ? str_of(casemix_reason_text(g->reason, true)) : S("");
    str none = S("");
    const store_value row[] = {
        STORE_N(l->person_id),
        STORE_N(o->list_id),
        STORE_N(l->settlement_id),
        STORE_T(l->visit_no),
        STORE_N(l->provider_id),
        STORE_T(l->month),
        STORE_T(l->state),
        STORE_T(l->document),
        STORE_T(facts_json(&o->facts, a)),
        STORE_N(o->severity),
        STORE_N(l->now_ms),
        STORE_T(status),
        STORE_T(reason),
        STORE_T(s ? by->scheme_name : none),
        STORE_T(s ? s->name : none),
        STORE_T(s ? casemix_mdc_code(s, g) : none),
        STORE_T(s && g->mdc >= 0 ? s->mdc[g->mdc].name : none),
        STORE_T(s ? casemix_adrg_code(s, g) : none),
        STORE_T(s && g->adrg >= 0 ? s->adrg[g->adrg].name : none),
        STORE_T(s ? casemix_drg_code(s, g) : none),
        STORE_T(s && g->drg >= 0 ? s->drg[g->drg].name : none),
        STORE_T(s ? complication_of(path, a) : none),
        STORE_T(s ? path_text(s, path, a) : none),
        STORE_N(l->cost_fen),
    };
    store_put(job, SQL_DISCHARGE_PUT, row, COUNTOF(row));
}

static bool state_refused(str state, err *e)
{
    err_field(e, S("stas_type"));
    return FAIL(e, ERR_LIST_STATE, "it is %.*s", STR_ARG(state));
}

bool discharge_take(discharge_outcome *out,
                    const discharge_list *l,
                    store_job *job,
                    const discharge_grouping *by,
                    arena *a,
                    err *e)
{
    casemix_path path = {0};
    store_rows r;
    const store_value key[] = {STORE_N(l->settlement_id), STORE_N(l->person_id),
                               STORE_N(l->provider_id)};
    if (!store_query(job, SQL_DISCHARGE_GET, key, COUNTOF(key), &r, a, e))
        return false;
    str was = r.row_count ? store_text(&r, 0, 4) : S("draft");
    if (str_eq(was, S("submitted")) || str_eq(was, S("approved")))
        return state_refused(was, e);
    memset(out, 0, sizeof *out);
    out->list_id = r.row_count ? store_number(&r, 0, 0) : store_new_id(store_of(job));
    case_of(&out->facts, l, a);
    if (by->scheme) {
        casemix_explain(&path, by->scheme, &out->facts, as_settled, a);
        out->group = path.result;
    }
    discharge_check(out, l, by->scheme);
    list_put(job, l, out, by, &path, a);
    discharge_dip_put(job, out, l, by, a);
    findings_put(job, l, out);
    return true;
}

bool discharge_get(discharge_kept *out,
                   store_job *job,
                   const actor *who,
                   int64_t settlement_id,
                   int64_t person_id,
                   arena *a,
                   err *e)
{
    const store_value key[] = {STORE_N(settlement_id), STORE_N(person_id),
                               STORE_N(who->provider_id)};
    store_rows r;
    if (!store_query(job, SQL_DISCHARGE_GET, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count == 0) {
        err_field(e, S("setl_id"));
        err_expected(e, "a settlement whose list was sent");
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    }
    *out = (discharge_kept){.list_id = store_number(&r, 0, 0),
                            .visit_no = store_text(&r, 0, 3),
                            .state = store_text(&r, 0, 4),
                            .document = store_text(&r, 0, 5),
                            .severity = (int)store_number(&r, 0, 6),
                            .uploaded_at = store_number(&r, 0, 7),
                            .drg = store_text(&r, 0, 8),
                            .drg_name = store_text(&r, 0, 9),
                            .dip = store_text(&r, 0, 10),
                            .dip_name = store_text(&r, 0, 11)};
    return true;
}

bool discharge_state_set(store_job *job,
                         const actor *who,
                         int64_t settlement_id,
                         int64_t person_id,
                         str state,
                         arena *a,
                         err *e)
{
    discharge_kept k = {0};
    if (!discharge_get(&k, job, who, settlement_id, person_id, a, e))
        return false;
    bool submit = str_eq(state, S("submitted")), draft = str_eq(state, S("draft"));
    bool rejected = str_eq(k.state, S("rejected"));
    if (!((submit || draft) && (rejected || (submit && str_eq(k.state, S("draft"))))))
        return state_refused(k.state, e);
    const store_value row[] = {STORE_N(k.list_id), STORE_N(person_id), STORE_T(state)};
    store_put_one(job, SQL_DISCHARGE_STATE_SET, row, COUNTOF(row));
    return true;
}
