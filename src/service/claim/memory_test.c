/* Settling when memory ends: the bill leaves nothing behind and can be tried again. */
#include "service/claim/claim.h"

#include "test/support/unit_bill.h"

static const char *const jsons[] = {
    "{'bill':'S','person':{'id':'R','scheme':'resident'},'provider':{'level':'l2'},"
    "'visit':{'kind':'inpatient','admit_date':'2023-12-20','date':'2024-01-05'},"
    "'lines':[{'class':'A','amount':'2000.00','date':'2023-12-30'},"
    "{'class':'A','amount':'3000.00','date':'2024-01-02'}]}",
    "{'bill':'S','person':{'id':'R','scheme':'employee','accounts':{'current':'100.00'}},"
    "'provider':{'level':'l2'},'visit':{'kind':'inpatient','date':'2024-01-05'},"
    "'lines':[{'class':'A','amount':'2000.00'}],'opening':{'pool':'9000.00','stays':1}}",
};

/* 1 settled, 0 refused with an error, -1 memory ended */
static int
try_within(benefit_result *part, int *count, claim_ledger *l, const claim_bill *c, arena *a, err *e)
{
    jmp_buf oom;
    a->oom = &oom;
    if (setjmp(oom))
        return -1;
    return claim_settle(part, count, l, c, true, a, e);
}

static str text_of(const benefit_result *part, int count, arena *a)
{
    str all = S("");
    for (int i = 0; i < count; i++) {
        str one = unit_result_text(&part[i], a);
        all = arena_printf(a, "%.*s%.*s", STR_ARG(all), STR_ARG(one));
    }
    return all;
}

static void a_bill_tried_again_settles_as_the_first_time(void **state)
{
    (void)state;
    const pack *p = unit_pack("test/packs/unit");
    arena whole = unit_arena(1 << 22);
    for (ptrdiff_t k = 0; k < COUNTOF(jsons); k++) {
        arena a = whole;
        const claim_bill *claim = unit_bill(p, jsons[k], &a);
        benefit_result part[PARTS_MAX];
        int count;
        err e = {0};
        claim_ledger *first = claim_ledger_new(p);
        arena used = a;
        assert_int_equal(try_within(part, &count, first, claim, &used, &e), 1);
        str want = text_of(part, count, &used);
        claim_ledger_free(first);
        int ended = 0;
        for (ptrdiff_t bytes = 0; bytes < 1 << 16; bytes += 16) {
            claim_ledger *ledger = claim_ledger_new(p);
            arena small = unit_arena(bytes), within = small, again = used;
            e = (err){0};
            if (try_within(part, &count, ledger, claim, &within, &e) < 0) {
                ended++;
                if (try_within(part, &count, ledger, claim, &again, &e) != 1)
                    fail_msg("case %td, %td bytes: then %s: %s", k, bytes, err_name(e.code), e.msg);
                if (!str_eq(text_of(part, count, &again), want))
                    fail_msg("case %td, %td bytes: then another result", k, bytes);
            }
            free(small.beg);
            claim_ledger_free(ledger);
        }
        assert_true(ended > 10);
    }
    free(whole.beg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bill_tried_again_settles_as_the_first_time),
    };
    return cmocka_run_group_tests_name("claim_memory", tests, NULL, NULL);
}
