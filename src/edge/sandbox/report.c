/* How well a system speaks the interface, judged by what it sent. */
#include "edge/sandbox/sandbox_internal.h"

#include "edge/sheet/sheet.h"

/* ---- what the tables say ---- */

enum { T_NO, T_COUNT, T_OK, T_REPLAYED, T_FAULTS, T_FIRST, T_LAST, T_BALANCED };
enum { O_NO, O_CODE, O_COUNT, O_EXAMPLE };
enum { N_NOTE, N_COUNT };
enum { F_NO, F_PATH, F_PROBLEM, F_COUNT, F_MESSAGES, F_EXAMPLE, F_RECEIVED, F_EXPECTED };

typedef struct {
    store_rows institution, transactions, outcomes, notes, findings;
} report;

typedef struct {
    const store_value *key;
    report *r;
} report_ask;

static bool report_work(store_job *job, void *arg, arena *a, err *e)
{
    const report_ask *q = arg;
    const store_ask ask[] = {{SQL_SANDBOX_REPORT_TRANSACTIONS, q->key, 1, &q->r->transactions},
                             {SQL_SANDBOX_REPORT_OUTCOMES, q->key, 1, &q->r->outcomes},
                             {SQL_SANDBOX_REPORT_NOTES, q->key, 1, &q->r->notes},
                             {SQL_SANDBOX_REPORT_FINDINGS, q->key, 1, &q->r->findings}};
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

static bool report_load(report *r, sandbox *s, str code, arena *a, err *e)
{
    const store_value key = STORE_T(code);
    report_ask q = {&key, r};
    if (code.n == 0)
        return FAIL(e, ERR_MISSING_FIELD, "which institution?");
    return sandbox_institution(&r->institution, s, code, a, e) &&
           store_read(office_store(s->office), report_work, &q, a, e);
}

static int64_t outcomes_of(const report *r, str code)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < r->outcomes.row_count; i++)
        if (str_eq(store_text(&r->outcomes, i, O_CODE), code))
            n += store_number(&r->outcomes, i, O_COUNT);
    return n;
}

static int64_t notes_of(const report *r, str note)
{
    for (ptrdiff_t i = 0; i < r->notes.row_count; i++)
        if (str_eq(store_text(&r->notes, i, N_NOTE), note))
            return store_number(&r->notes, i, N_COUNT);
    return 0;
}

static int64_t sum_of(const report *r, int column)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < r->transactions.row_count; i++)
        n += store_number(&r->transactions, i, column);
    return n;
}

/* Row of a transaction, -1 = never seen. */
static ptrdiff_t transaction_row(const report *r, str no)
{
    for (ptrdiff_t i = 0; i < r->transactions.row_count; i++)
        if (str_eq(store_text(&r->transactions, i, T_NO), no))
            return i;
    return -1;
}

static bool never_sent(const report *r, ptrdiff_t i)
{
    ptrdiff_t t = transaction_row(r, store_text(&r->findings, i, F_NO));
    return str_eq(store_text(&r->findings, i, F_PROBLEM), S("missing_field")) && t >= 0 &&
           store_number(&r->findings, i, F_MESSAGES) == store_number(&r->transactions, t, T_COUNT);
}

/* ---- the acceptance sequence ---- */

typedef enum { SEEN_OK, SEEN_REPLAY, SEEN_BALANCED, SEEN_CHANGED } seen;

static const struct {
    const char *key, *no;
    seen seen;
    char who;
    const char *zh, *en;
} steps[] = {
#define STEP(key, no, seen, who, zh, en) {#key, no, SEEN_##seen, #who[0], zh, en},
#include "edge/sandbox/step.tbl.h"
};

static bool step_concerns(const report *r, ptrdiff_t i)
{
    str kind = store_text(&r->institution, 0, INSTITUTION_KIND);
    bool pharmacy = str_eq(kind, S("pharmacy")), beds = !str_eq(kind, S("village_clinic"));
    return steps[i].who == 'A' ||
           ((steps[i].who == 'P') == pharmacy && (steps[i].who != 'S' || beds));
}

/* done, failed: tried and never right, open: not tried. */
static const char *step_state(const report *r, ptrdiff_t i)
{
    ptrdiff_t t = transaction_row(r, str_of(steps[i].no));
    switch (steps[i].seen) {
    case SEEN_REPLAY:
        return sum_of(r, T_REPLAYED) > 0 ? "done" : "open";
    case SEEN_CHANGED:
        return outcomes_of(r, S("idempotency_mismatch")) > 0 ? "done" : "open";
    case SEEN_BALANCED:
        return t < 0                                               ? "open"
               : store_number(&r->transactions, t, T_BALANCED) > 0 ? "done"
                                                                   : "failed";
    case SEEN_OK:
        return t < 0 ? "open" : store_number(&r->transactions, t, T_OK) > 0 ? "done" : "failed";
    }
    NEVER("a step that is seen in no way");
    return "open";
}

/* ---- JSON ---- */

static void transactions_json(json_out *o, const report *r)
{
    const store_rows *t = &r->transactions;
    json_key(o, S("transactions"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < t->row_count; i++) {
        json_open(o, '{');
        json_field(o, S("transaction_no"), store_text(t, i, T_NO));
        json_field(o, S("name"), gateway_transaction_name(store_text(t, i, T_NO)));
        json_field_number(o, S("count"), store_number(t, i, T_COUNT));
        json_field_number(o, S("ok"), store_number(t, i, T_OK));
        json_field_number(o, S("replayed"), store_number(t, i, T_REPLAYED));
        json_field_number(o, S("faults"), store_number(t, i, T_FAULTS));
        json_field_moment(o, S("first_at"), store_number(t, i, T_FIRST));
        json_field_moment(o, S("last_at"), store_number(t, i, T_LAST));
        json_close(o, '}');
    }
    json_close(o, ']');
}

static err_code code_of(str name)
{
    for (int k = 1; k < ERR__COUNT; k++)
        if (str_eq(name, str_of(err_name((err_code)k))))
            return (err_code)k;
    return ERR_OK;
}

static void refusals_json(json_out *o, const report *r)
{
    const store_rows *t = &r->outcomes;
    json_key(o, S("refusals"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < t->row_count; i++) {
        err_code code = code_of(store_text(t, i, O_CODE));
        json_open(o, '{');
        json_field(o, S("transaction_no"), store_text(t, i, O_NO));
        json_field(o, S("code"), store_text(t, i, O_CODE));
        json_field(o, S("zh"), code ? str_of(err_zh(code)) : S(""));
        json_field(o, S("en"), code ? str_of(err_en(code)) : S(""));
        json_field_number(o, S("count"), store_number(t, i, O_COUNT));
        json_field_id(o, S("example_id"), store_number(t, i, O_EXAMPLE));
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void findings_json(json_out *o, const report *r)
{
    const store_rows *t = &r->findings;
    json_key(o, S("findings"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < t->row_count; i++) {
        json_open(o, '{');
        json_field(o, S("transaction_no"), store_text(t, i, F_NO));
        json_field(o, S("path"), store_text(t, i, F_PATH));
        json_field(o, S("problem"), store_text(t, i, F_PROBLEM));
        json_field_number(o, S("count"), store_number(t, i, F_COUNT));
        json_field_bool(o, S("never_sent"), never_sent(r, i));
        json_field(o, S("received"), store_text(t, i, F_RECEIVED));
        json_field(o, S("expected"), store_text(t, i, F_EXPECTED));
        json_field_id(o, S("example_id"), store_number(t, i, F_EXAMPLE));
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void steps_json(json_out *o, const report *r)
{
    int done = 0, all = 0;
    json_key(o, S("steps"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < COUNTOF(steps); i++) {
        if (!step_concerns(r, i))
            continue;
        const char *state = step_state(r, i);
        all++;
        done += strcmp(state, "done") == 0;
        json_open(o, '{');
        json_field(o, S("key"), str_of(steps[i].key));
        json_field(o, S("transaction_no"), str_of(steps[i].no));
        json_field(o, S("state"), str_of(state));
        json_field(o, S("zh"), str_of(steps[i].zh));
        json_field(o, S("en"), str_of(steps[i].en));
        json_close(o, '}');
    }
    json_close(o, ']');
    json_field_number(o, S("steps_done"), done);
    json_field_number(o, S("steps_all"), all);
}

static void state_json(json_out *o, const report *r)
{
    json_key(o, S("idempotency"));
    json_open(o, '{');
    json_field_number(o, S("replayed"), sum_of(r, T_REPLAYED));
    json_field_number(o, S("changed_body"), outcomes_of(r, S("idempotency_mismatch")));
    json_close(o, '}');
    json_key(o, S("signatures"));
    json_open(o, '{');
    json_field(o, S("signature"), store_text(&r->institution, 0, INSTITUTION_SIGNATURE));
    json_field(o, S("verify"), store_text(&r->institution, 0, INSTITUTION_VERIFY));
    json_field_number(o, S("refused"), outcomes_of(r, S("bad_signature")));
    json_field_number(o, S("unsigned"), notes_of(r, S("unsigned")));
    json_close(o, '}');
    json_field_number(o, S("messages"), sum_of(r, T_COUNT));
    json_field_number(o, S("ok"), sum_of(r, T_OK));
    json_field_number(o, S("injected"), outcomes_of(r, S("injected_fault")));
}

bool sandbox_report_json(json_out *o, sandbox *s, str institution, arena *a, err *e)
{
    report r = {.institution = {0}};
    if (!report_load(&r, s, institution, a, e))
        return false;
    json_field(o, S("institution"), institution);
    json_field(o, S("name"), store_text(&r.institution, 0, INSTITUTION_NAME));
    json_field(o, S("program"), S("gongji " GONGJI_VERSION));
    json_field_moment(o, S("made_at"), store_now_ms(office_store(s->office)));
    state_json(o, &r);
    steps_json(o, &r);
    transactions_json(o, &r);
    refusals_json(o, &r);
    findings_json(o, &r);
    return true;
}

/* ---- a file to hand in ---- */

typedef struct {
    sheet *sheet;
    bool english;
    arena *a;
    err *e;
} writer;

static bool line(writer *w, const char *part, str no, str what, str state, int64_t count, str more)
{
    const sheet_cell cell[] = {{.text = str_of(part)},
                               {.text = no},
                               {.text = what},
                               {.text = state},
                               {.number = count, .none = count < 0},
                               {.text = more}};
    return sheet_row(w->sheet, cell, w->e);
}

static bool steps_write(writer *w, const report *r)
{
    bool ok = true;
    for (ptrdiff_t i = 0; i < COUNTOF(steps) && ok; i++)
        if (step_concerns(r, i))
            ok = line(w, w->english ? "step" : "验收步骤", str_of(steps[i].no),
                      str_of(w->english ? steps[i].en : steps[i].zh), str_of(step_state(r, i)), -1,
                      S(""));
    return ok;
}

static bool transactions_write(writer *w, const report *r)
{
    const store_rows *t = &r->transactions;
    bool ok = true;
    for (ptrdiff_t i = 0; i < t->row_count && ok; i++)
        ok = line(w, w->english ? "transaction" : "交易", store_text(t, i, T_NO),
                  gateway_transaction_name(store_text(t, i, T_NO)),
                  arena_printf(w->a, "ok %" PRId64, store_number(t, i, T_OK)),
                  store_number(t, i, T_COUNT),
                  arena_printf(w->a, "replayed %" PRId64 ", faults %" PRId64,
                               store_number(t, i, T_REPLAYED), store_number(t, i, T_FAULTS)));
    return ok;
}

static bool mistakes_write(writer *w, const report *r)
{
    const store_rows *o = &r->outcomes, *f = &r->findings;
    bool ok = true;
    for (ptrdiff_t i = 0; i < o->row_count && ok; i++) {
        err_code code = code_of(store_text(o, i, O_CODE));
        const char *said = !code ? "" : w->english ? err_en(code) : err_zh(code);
        ok = line(w, w->english ? "refused" : "被拒", store_text(o, i, O_NO), str_of(said),
                  store_text(o, i, O_CODE), store_number(o, i, O_COUNT), S(""));
    }
    for (ptrdiff_t i = 0; i < f->row_count && ok; i++)
        ok = line(w,
                  never_sent(r, i) ? (w->english ? "never sent" : "从未上送")
                                   : (w->english ? "field" : "字段"),
                  store_text(f, i, F_NO), store_text(f, i, F_PATH), store_text(f, i, F_PROBLEM),
                  store_number(f, i, F_COUNT),
                  arena_printf(w->a, "'%.*s' %.*s", STR_ARG(store_text(f, i, F_RECEIVED)),
                               STR_ARG(store_text(f, i, F_EXPECTED))));
    return ok;
}

bool sandbox_report_sheet(str *out, sandbox *s, str institution, bool english, arena *a, err *e)
{
    report r = {.institution = {0}};
    if (!report_load(&r, s, institution, a, e))
        return false;
    const sheet_column column[] = {
        {english ? S("Part") : S("类别"), SHEET_TEXT, 12},
        {english ? S("Transaction") : S("交易"), SHEET_TEXT, 10},
        {english ? S("What") : S("内容"), SHEET_TEXT, 44},
        {english ? S("State") : S("状态"), SHEET_TEXT, 22},
        {english ? S("Count") : S("次数"), SHEET_COUNT, 8},
        {english ? S("Received, expected") : S("收到与应为"), SHEET_TEXT, 60},
    };
    const sheet_head head = {
        .format = SHEET_XLSX,
        .title = english ? S("Conformance report") : S("接口符合性报告"),
        .note = arena_printf(a, "%.*s %.*s · gongji " GONGJI_VERSION, STR_ARG(institution),
                             STR_ARG(store_text(&r.institution, 0, INSTITUTION_NAME))),
        .made_at_ms = store_now_ms(office_store(s->office)),
        .column = column,
        .column_count = COUNTOF(column)};
    writer w = {.english = english, .a = a, .e = e};
    bool ok = sheet_begin(&w.sheet, &head, e) && steps_write(&w, &r) &&
              transactions_write(&w, &r) && mistakes_write(&w, &r) && sheet_end(out, w.sheet, a, e);
    sheet_close(w.sheet);
    return ok;
}
