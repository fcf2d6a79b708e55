/* The input is the policy file of a pack: compiled, and when nothing is wrong with it, used to
 * settle a few bills, read back in sentences and compared with itself. The folder lives in memory,
 * /dev/shm. */
#include "check.h"
#include "fuzz.h"

#include <sys/stat.h>
#include <unistd.h>

#define ARENA_BYTES ((ptrdiff_t)64 << 20)
#define TEXT_BYTES  ((ptrdiff_t)4 << 20)

static const struct {
    const char *path, *text;
} files[] = {
    {"pack.yaml", "pack: fuzz\nname: {zh: 模糊, en: fuzz}\n"},
    {"dictionary/payer.yaml", "dictionary: payer\nvalues:\n"
                              "  pool: {zh: 统筹, en: pool, field: hifp_pay}\n"
                              "  hospital: {zh: 医院, en: hospital, field: hosp_part_amt}\n"
                              "  account: {zh: 账户, en: account, field: acct_pay}\n"
                              "  other: {zh: 其他, en: other, field: oth_pay}\n"},
    {"dictionary/level.yaml", "dictionary: level\nvalues:\n"
                              "  l1: {zh: 一级, en: level 1}\n  l2: {zh: 二级, en: level 2}\n"},
    {"dictionary/category.yaml", "dictionary: category\nvalues:\n"
                                 "  dibao: {zh: 低保, en: allowance}\n"
                                 "  tekun: {zh: 特困, en: destitute}\n"},
};

static const char *const bill_texts[] = {
    "{\"bill\":\"B1\",\"person\":{\"id\":\"P\",\"scheme\":\"s\",\"status\":\"retired\","
    "\"birth_date\":\"1950-02-28\",\"continuous_years\":7,\"accredited\":[\"d\",\"e\"],"
    "\"categories\":[\"tekun\",\"dibao\"],\"accounts\":{\"current\":\"100.00\"}},"
    "\"provider\":{\"id\":\"H\",\"level\":\"l1\"},\"visit\":{\"kind\":\"inpatient\","
    "\"date\":\"2024-05-10\",\"admit_date\":\"2023-12-20\",\"disease\":\"d\","
    "\"prev_deductible\":\"50.00\"},\"lines\":["
    "{\"code\":\"a\",\"class\":\"A\",\"amount\":\"12345.67\",\"list\":\"n\",\"tags\":[\"bed\"],"
    "\"date\":\"2023-12-22\"},"
    "{\"code\":\"b\",\"class\":\"B\",\"amount\":\"2345.67\",\"pay_first\":\"10%\","
    "\"disease\":\"e\"},"
    "{\"class\":\"C\",\"amount\":\"34.56\"}]}",
    "{\"bill\":\"B2\",\"person\":{\"id\":\"P\",\"scheme\":\"s\"},\"provider\":{\"level\":\"l2\"},"
    "\"visit\":{\"kind\":\"outpatient\",\"date\":\"2024-06-10\"},"
    "\"lines\":[{\"class\":\"A\",\"unit_price\":\"1000000\",\"quantity\":\"3.3333\","
    "\"limit\":\"900000\"},{\"class\":\"B\",\"amount\":\"0.01\",\"pay_first\":\"0.5\"}]}",
    "{\"bill\":\"B3\",\"person\":{\"id\":\"Q\",\"scheme\":\"s\",\"enrolment\":{\"kind\":\"late\","
    "\"paid_on\":\"2024-01-31\",\"registered_on\":\"2024-01-31\",\"missed_years\":2}},"
    "\"visit\":{\"kind\":\"inpatient\",\"date\":\"2024-06-30\",\"nth_stay\":3},"
    "\"lines\":[{\"class\":\"A\",\"amount\":\"100000000000.00\"}]}",
};

static struct {
    char dir[64];
    json_reader *reader;
    char *memory, *text;
} fixed;

static void path_of(char out[256], const char *path)
{
    snprintf(out, 256, "%s/%s", fixed.dir, path);
}

static void remove_folder(void)
{
    static const char *const more[] = {"policy/x.yaml", "policy", "dictionary", ""};
    char path[256];
    for (ptrdiff_t i = 0; i < COUNTOF(files); i++) {
        path_of(path, files[i].path);
        remove(path);
    }
    for (ptrdiff_t i = 0; i < COUNTOF(more); i++) {
        path_of(path, more[i]);
        remove(path);
    }
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    char path[256];
    path_of(path, name);
    FILE *f = fopen(path, "wb");
    MUST(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void open_fixed(void)
{
    char path[256];
    if (fixed.reader)
        return;
    snprintf(fixed.dir, sizeof fixed.dir, "%s/gongji-fuzz-%d",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
    mkdir(fixed.dir, 0700);
    path_of(path, "policy");
    mkdir(path, 0700);
    path_of(path, "dictionary");
    mkdir(path, 0700);
    for (ptrdiff_t i = 0; i < COUNTOF(files); i++)
        write_file(files[i].path, files[i].text, strlen(files[i].text));
    atexit(remove_folder);
    fixed.memory = malloc((size_t)ARENA_BYTES);
    fixed.text = malloc((size_t)TEXT_BYTES);
    fixed.reader = json_reader_new();
    MUST(fixed.memory && fixed.text && fixed.reader);
}

static void settle_bills(const pack *p, arena *a)
{
    benefit_state state = {.account_fen = {100000, 0, 0, 500}};
    for (int k = 0; k < p->policy_count; k++) {
        for (ptrdiff_t i = 0; i < COUNTOF(bill_texts); i++) {
            char padded[2048] = {0};
            const json_node *nodes;
            int32_t count;
            claim_bill claim;
            err e = {0};
            MUST(strlen(bill_texts[i]) + JSON_PADDING_BYTES < sizeof padded);
            memcpy(padded, bill_texts[i], strlen(bill_texts[i]));
            if (!json_parse(fixed.reader, str_of(padded), &nodes, &count, &e) ||
                !bill_of_json(&claim, nodes, p, a, &e))
                /* the input closed a dictionary by declaring it: not possible in a policy */
                return;
            benefit_bill part[PARTS_MAX];
            int parts = benefit_parts(part, &p->policy[k], &claim.bill, a);
            for (int j = 0; j < parts; j++) {
                benefit_result r;
                benefit_settle(&r, &p->policy[k], &part[j], &state, true, a);
                check_result(&r);
                check_line(fixed.reader, &claim, &r);
                if (r.status == BENEFIT_SETTLED)
                    state = benefit_apply(&state, &r, a);
            }
        }
    }
}

static void load_and_use(arena *a)
{
    pack p;
    err e = {0};
    MUST(pack_load(&p, str_of(fixed.dir), a, &e));
    for (int i = 0; i < p.problem_count; i++) {
        text_buffer t = {fixed.text, 0, TEXT_BYTES, false};
        pack_problem_print(&t, &p.problem[i]);
        MUST(t.n > 0);
    }
    if (p.error_count > 0)
        return;
    text_buffer t = {fixed.text, 0, TEXT_BYTES, false};
    pack_explain(&t, &p, S(""), LANG_ZH);
    pack_explain(&t, &p, S(""), LANG_EN);
    MUST(pack_diff(&t, &p, &p, a) == 0);
    settle_bills(&p, a);
}

/* A pack that needs more memory than there is ends the input. */
static void load_within(void)
{
    jmp_buf oom;
    arena a = {fixed.memory, fixed.memory + ARENA_BYTES, &oom};
    if (setjmp(oom) == 0)
        load_and_use(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_fixed();
    write_file("policy/x.yaml", data, size);
    load_within();
    return 0;
}
