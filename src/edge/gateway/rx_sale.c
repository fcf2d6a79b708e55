/* What a pharmacy's bill needs prescriptions for (2101, 2102; 2204, 2206, 2207). */
#include "edge/gateway/rx_internal.h"

typedef struct {
    prescription p;
    prescription_line *line;
    int *row; /* of the bill, from 0 */
    int count;
} paid_one;

struct gate_prescriptions {
    const char *node; /* of the rows in the message; NULL = they came before */
    const care_items *items;
    bool *needs;   /* of each item */
    paid_one **of; /* of each item; NULL = none of ours */
    paid_one *at;
    int count;
    str pharmacist, pharmacist_no;
};

static bool
row_fault(gate_call *c, const gate_prescriptions *all, int row, const char *field, err *e)
{
    const care_item *m = &all->items->at[row];
    c->received = strcmp(field, "cnt") == 0 ? m->item_code : m->prescription_no;
    if (all->node)
        err_field(e, arena_printf(c->a, "input.%s[%d].%s", all->node, row + 1, field));
    else
        err_field(e, S("chrg_bchno"));
    return false;
}

static paid_one *paid_find(gate_prescriptions *all, int64_t rx_id)
{
    for (int i = 0; i < all->count; i++)
        if (all->at[i].p.rx_id == rx_id)
            return &all->at[i];
    return NULL;
}

/* The prescription a line names; *out NULL = none of ours.  Only what is said to be from outside
 * has to be. */
static bool
paid_of(paid_one **out, gate_prescriptions *all, gate_call *c, int row, bool outside, err *e)
{
    str said = all->items->at[row].prescription_no;
    int64_t rx_id;
    *out = NULL;
    if (said.n == 0 || !id_parse(&rx_id, said))
        return !outside || (!gate_fault(c, said.n ? ERR_NOT_FOUND : ERR_MISSING_FIELD, "rxno", said,
                                        "the hiRxno of a prescription", e) &&
                            row_fault(c, all, row, "rxno", e));
    *out = paid_find(all, rx_id);
    if (*out)
        return true;
    paid_one *one = &all->at[all->count];
    if (!prescription_get(&one->p, rx_id, c->job, c->a, e)) {
        if (outside || e->code != ERR_NOT_FOUND)
            return row_fault(c, all, row, "rxno", e);
        *e = (err){0};
        return true;
    }
    one->line = arena_new(c->a, prescription_line, all->items->count);
    one->row = arena_new(c->a, int, all->items->count);
    all->count++;
    *out = one;
    return true;
}

/* A drug that needs one, without one of ours: paper is the area's and the moment's to accept. */
static bool paper_fits(gate_prescriptions *all, gate_call *c, int row, err *e)
{
    str said = all->items->at[row].prescription_no;
    bool refused = str_eq(gate_word_of(c->words, "rx_paper", S("pharmacy")), S("refused"));
    if (said.n == 0 || refused) {
        err_expected(e, refused ? "the hiRxno of an electronic prescription"
                                : "the number of the prescription");
        FAIL(e, ERR_RX_NEEDED, "%s", "");
        return row_fault(c, all, row, "rxno", e);
    }
    return prescription_paper_is_free(said, &c->who, c->object_id, c->job, c->a, e) ||
           row_fault(c, all, row, "rxno", e);
}

static bool lines_fit(gate_prescriptions *all, gate_call *c, int64_t person_id, err *e)
{
    int wrong;
    for (int i = 0; i < all->count; i++) {
        paid_one *one = &all->at[i];
        const prescription_lines lines = {one->line, one->count};
        if (!prescription_fits(&one->p, person_id, &lines, &wrong, &c->who, c->received_at, c->job,
                               c->with->office, c->a, e))
            return row_fault(c, all, one->row[wrong >= 0 ? wrong : 0], wrong >= 0 ? "cnt" : "rxno",
                             e);
    }
    return true;
}

bool gate_prescriptions_fit(gate_prescriptions **out,
                            gate_call *c,
                            const char *node,
                            const care_items *items,
                            int64_t person_id,
                            err *e)
{
    gate_value *rows = NULL, in = gate_node(c, node && *node == 'd' ? "druginfo" : "data");
    gate_prescriptions *all = arena_new(c->a, gate_prescriptions, 1);
    *all = (gate_prescriptions){.node = node,
                                .items = items,
                                .needs = arena_new(c->a, bool, items->count),
                                .of = arena_new(c->a, paid_one *, items->count),
                                .at = arena_new(c->a, paid_one, items->count),
                                .pharmacist = gate_text(in, "phar_name"),
                                .pharmacist_no = gate_text(in, "phar_prac_cert_no")};
    int row_count = node ? gate_rows(&rows, c, node) : 0;
    *out = all;
    for (int i = 0; i < items->count; i++) {
        const care_item *m = &items->at[i];
        bool outside = i < row_count && str_eq(gate_text(rows[i], "rx_circ_flag"), S("1"));
        if (!prescription_is_needed(&all->needs[i], m->item_code, c->with->office, c->a, e) ||
            !paid_of(&all->of[i], all, c, i, outside, e))
            return false;
        paid_one *one = all->of[i];
        if (one) {
            one->row[one->count] = i;
            one->line[one->count++] =
                (prescription_line){.item_code = m->item_code, .quantity_e4 = m->quantity_e4};
        } else if (all->needs[i] && str_eq(c->access.kind, S("pharmacy")) &&
                   !paper_fits(all, c, i, e)) {
            return false;
        }
    }
    return lines_fit(all, c, person_id, e);
}

/* Who stands for the sale: the one who judged the prescription, else the one the message names. */
static prescription_sold sold_of(const gate_prescriptions *all, gate_call *c, int i)
{
    const care_item *m = &all->items->at[i];
    const paid_one *one = all->of[i];
    prescription_sold s = {.place = i + 1,
                           .item_code = m->item_code,
                           .quantity_e4 = m->quantity_e4,
                           .prescription_no = m->prescription_no,
                           .pharmacist = all->pharmacist,
                           .pharmacist_no = all->pharmacist_no};
    if (!one)
        return s;
    err ignored = {0};
    gate_value judged = gate_kept_json(c, one->p.audit_detail, &ignored);
    s.rx_id = one->p.rx_id;
    s.audit_no = one->p.audit_no;
    if (judged.node) {
        s.pharmacist = gate_text(judged, "pharName");
        s.pharmacist_no = gate_text(judged, "pharCode");
    }
    return s;
}

bool gate_prescriptions_settled(
    gate_prescriptions *all, gate_call *c, int64_t person_id, int64_t bill_id, err *e)
{
    for (int i = 0; i < all->count; i++) {
        paid_one *one = &all->at[i];
        const prescription_lines lines = {one->line, one->count};
        if (!prescription_settled(&one->p, &lines, bill_id, c->object_id, &c->who, c->received_at,
                                  c->job, c->with->office, c->a, e))
            return false;
    }
    for (int i = 0; i < all->items->count; i++) {
        if (!all->of[i] && !(all->needs[i] && str_eq(c->access.kind, S("pharmacy"))))
            continue;
        /* who waited for the person's lock sees only now what the other one did */
        if (!all->of[i] && !paper_fits(all, c, i, e))
            return false;
        const prescription_sold s = sold_of(all, c, i);
        prescription_sale_keep(&s, person_id, c->object_id, &c->who, c->received_at, c->job);
    }
    return true;
}

/* ---- goods that left by a sale: 3505 ---- */

bool gate_goods_rx(const stock_goods *g, gate_call *c, gate_value row, err *e)
{
    bool needed = false;
    str flag = gate_text(row, "rx_flag"), name = gate_text(row, "phar_name"), number;
    if (g->kind != STOCK_SALE || !str_eq(c->access.kind, S("pharmacy")))
        return true;
    if (!prescription_is_needed(&needed, g->item_code, c->with->office, c->a, e))
        return false;
    if (needed && str_eq(flag, S("0")))
        return gate_fault(c, ERR_BAD_VALUE, "rx_flag", flag, "1: it is a prescription drug", e);
    if (!needed)
        return true;
    if (gate_text(row, "rxno").n == 0)
        return gate_fault(c, ERR_RX_NEEDED, "rxno", S(""), "the number of the prescription", e);
    if (!gate_need(&name, c, row, "phar_name", e) ||
        !gate_need(&number, c, row, "phar_prac_cert_no", e))
        return false;
    err_field(e, S("phar_prac_cert_no"));
    c->received = number;
    if (!prescription_pharmacist_is_known(number, c->job, &c->who, c->a, e))
        return false;
    e->field[0] = 0;
    c->received = S("");
    if (g->settlement_id)
        prescription_sale_sign(c->job, &c->who, g->settlement_id, g->item_code, name, number);
    return true;
}
