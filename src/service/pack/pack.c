/* A pack folder: which files, in which order, and what they must agree on. */
#include "service/pack/read_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (8 << 20)
#define USES_DEPTH_MAX 4

/* ---- words ---- */

static uint32_t word_slot_of(const pack *p, uint8_t fact, str s)
{
    uint64_t hash = str_hash(s) + fact * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(hash ^ (hash >> 32)) & (uint32_t)p->word_slot_mask;
}

const pack_word *pack_word_find(const pack *p, fact_id fact, str s)
{
    if (!p->word_slot)
        return NULL;
    for (uint32_t slot = word_slot_of(p, (uint8_t)fact, s); p->word_slot[slot];
         slot = (slot + 1) & (uint32_t)p->word_slot_mask) {
        const pack_word *w = &p->word[p->word_slot[slot] - 1];
        if (w->fact == fact && str_eq(w->text, s))
            return w;
    }
    return NULL;
}

void pack_words_list(text_buffer *out, const pack *p, fact_id fact)
{
    int n = 0;
    for (int i = 0; i < p->word_count; i++)
        if (p->word[i].fact == fact)
            text_printf(out, "%s%.*s", n++ ? ", " : "one of ", STR_ARG(p->word[i].text));
}

static void words_index(reading *c)
{
    pack *p = c->pack;
    p->word = c->word.at;
    p->word_count = c->word.n;
    int32_t size = 64;
    while (size < 4 * c->word.n)
        size *= 2;
    int32_t *slot = arena_new(c->a, int32_t, size);
    p->word_slot = slot;
    p->word_slot_mask = size - 1;
    for (int i = 0; i < c->word.n; i++) {
        uint32_t at = word_slot_of(p, c->word.at[i].fact, c->word.at[i].text);
        while (slot[at])
            at = (at + 1) & (uint32_t)(size - 1);
        slot[at] = i + 1;
    }
}

/* ---- dictionaries and calendars ---- */

static void word_add(reading *c, fact_id fact, const yaml_node *key, const yaml_node *node)
{
    enum { ZH, EN, FIELD, RECOGNISED, STAY, NOTE, BASIS, KEYS };
    static const key_spec keys[KEYS] = {{"zh", true},          {"en", true},    {"field", false},
                                        {"recognised", false}, {"stay", false}, {"note", false},
                                        {"basis", false}};
    const yaml_node *found[KEYS];
    str path = path_join(c, S("values"), key->text);
    pack_word w = {.fact = (uint8_t)fact,
                   .text = key->text,
                   .hash = word_of(key->text),
                   .file = c->file,
                   .line = key->line};
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (found[ZH])
        w.zh = scalar_text(c, found[ZH], path, "a Chinese name");
    if (found[EN])
        w.en = scalar_text(c, found[EN], path, "an English name");
    if ((found[RECOGNISED] || found[STAY]) && fact != FACT_VISIT_KIND)
        problem(c, node, path, NULL, "`recognised` and `stay` are for visit kinds only");
    else if (found[RECOGNISED])
        (void)flag_read(c, found[RECOGNISED], path, &w.recognised);
    if (found[STAY])
        (void)flag_read(c, found[STAY], path, &w.stay);
    if ((fact == FACT_NONE) != (found[FIELD] != NULL)) {
        problem(c, node, path, NULL,
                fact == FACT_NONE ? "a payer needs its national `field`"
                                  : "`field` is for payers only");
    } else if (found[FIELD]) {
        str field = scalar_text(c, found[FIELD], path, "a national field");
        for (int i = 1; i < FIELD__COUNT; i++)
            if (str_eq(field, str_of(pay_field_names[i])))
                w.field = (uint8_t)i;
        if (!w.field)
            problem(c, found[FIELD], path_join(c, path, S("field")),
                    "hifp_pay, cvlserv_pay, hifes_pay, hifmi_pay, hifob_pay, hifdm_pay, maf_pay, "
                    "oth_pay, hosp_part_amt, acct_pay or acct_mulaid_pay",
                    "`%.*s` is no field of the national interface", STR_ARG(field));
    }
    for (int i = 0; i < c->word.n; i++)
        if (c->word.at[i].fact == fact && str_eq(c->word.at[i].text, w.text)) {
            problem(c, key, path, "each word once", "`%.*s` already stands in %.*s:%d",
                    STR_ARG(w.text), STR_ARG(c->word.at[i].file), c->word.at[i].line);
            return;
        }
    VEC_PUSH(c->a, &c->word, w);
}

static void dictionary_read(reading *c, const yaml_node *root)
{
    enum { DICTIONARY, VALUES, NOTE, BASIS, KEYS };
    static const key_spec keys[KEYS] = {
        {"dictionary", true}, {"values", true}, {"note", false}, {"basis", false}};
    const yaml_node *found[KEYS];
    if (!map_read(c, root, S(""), keys, KEYS, found) || !found[DICTIONARY] || !found[VALUES])
        return;
    str name = scalar_text(c, found[DICTIONARY], S("dictionary"), "a fact, or payer");
    fact_id fact = str_eq(name, S("payer")) ? FACT_NONE : fact_find(name);
    fact_kind kind = fact_table[fact].kind;
    if (!str_eq(name, S("payer")) && kind != KIND_SYM && kind != KIND_SET) {
        problem(c, found[DICTIONARY], S("dictionary"), "a word fact, or payer",
                "`%.*s` has no words", STR_ARG(name));
        return;
    }
    if (found[VALUES]->kind != NODE_MAP) {
        problem(c, found[VALUES], S("values"), "{word: {zh, en}}", "not a mapping");
        return;
    }
    c->pack->fact_closed[fact] = true;
    for (ptrdiff_t i = 0; i < found[VALUES]->count; i++)
        word_add(c, fact, &found[VALUES]->key[i], &found[VALUES]->item[i]);
}

static void
calendar_days_read(reading *c, const yaml_node *node, str path, int64_t year, bool works)
{
    if (!node || !is_list(c, node, path, "a list of dates"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        calendar_exception exception = {.works = works};
        str at = path_index(c, path, i);
        if (!date_read(c, &node->item[i], at, &exception.on))
            continue;
        if (day_civil(exception.on).year != year)
            problem(c, &node->item[i], at, "a day of that year", "this day is not in %" PRId64,
                    year);
        for (int k = 0; k < c->calendar.n; k++)
            if (c->calendar.at[k].on.number == exception.on.number)
                problem(c, &node->item[i], at, "each day once", "this day stands twice");
        if (works && weekday(exception.on) <= 5)
            warning(c, &node->item[i], at, "a Monday to Friday is a working day anyway");
        VEC_PUSH(c->a, &c->calendar, exception);
    }
}

static void calendar_read(reading *c, const yaml_node *root)
{
    enum { CALENDAR, YEAR, BASIS, HOLIDAYS, WORKDAYS, NOTE, KEYS };
    static const key_spec keys[KEYS] = {{"calendar", true}, {"year", true},      {"basis", true},
                                        {"holidays", true}, {"workdays", false}, {"note", false}};
    const yaml_node *found[KEYS];
    int64_t year = 0;
    if (!map_read(c, root, S(""), keys, KEYS, found) || !found[YEAR])
        return;
    count_read(c, found[YEAR], S("year"), 2999, &year);
    calendar_days_read(c, found[HOLIDAYS], S("holidays"), year, false);
    calendar_days_read(c, found[WORKDAYS], S("workdays"), year, true);
}

static int exception_order(const void *left, const void *right)
{
    const calendar_exception *a = left, *b = right;
    return (a->on.number > b->on.number) - (a->on.number < b->on.number);
}

/* ---- files ---- */

/* "ningde/../common/x" is "common/x". */
static str path_plain(str path, arena *a)
{
    char *out = arena_new(a, char, path.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < path.n;) {
        ptrdiff_t end = i;
        while (end < path.n && path.p[end] != '/')
            end++;
        str part = {path.p + i, end - i};
        i = end + 1;
        if (str_eq(part, S(".")))
            continue;
        if (str_eq(part, S(".."))) {
            while (n > 0 && out[--n] != '/')
                continue;
            continue;
        }
        if (n > 0)
            out[n++] = '/';
        memcpy(out + n, part.p, (size_t)part.n);
        n += part.n;
    }
    return (str){out, n};
}

static bool kept_bytes(reading *c, str path, str *bytes)
{
    str plain = path_plain(path, c->a);
    for (int i = 0; i < c->kept_count; i++)
        if (str_eq(c->kept[i].path, plain)) {
            *bytes = c->kept[i].text;
            return true;
        }
    problem(c, NULL, S(""), NULL, "the file was not kept");
    return false;
}

bool file_bytes(reading *c, str path, str *bytes)
{
    if (c->kept)
        return kept_bytes(c, path, bytes);
    struct stat st = {0};
    const char *wrong = stat(path.p, &st) != 0 ? strerror(errno) : NULL;
    if (st.st_size > FILE_BYTES_MAX)
        wrong = "it is larger than 8 MB";
    if (wrong) {
        problem(c, NULL, S(""), NULL, "cannot read the file: %s", wrong);
        return false;
    }
    ptrdiff_t room = (ptrdiff_t)st.st_size + 1;
    char *p = arena_new(c->a, char, room); /* before opening: it may not return */
    FILE *f = fopen(path.p, "rb");
    size_t n = f ? fread(p, 1, (size_t)room, f) : 0;
    bool bad = !f || ferror(f);
    if (bad)
        problem(c, NULL, S(""), NULL, "cannot read the file: %s", strerror(errno));
    if (f)
        fclose(f);
    *bytes = (str){p, (ptrdiff_t)n};
    return !bad;
}

bool text_tree(reading *c, str bytes, yaml_node *root)
{
    err e = {0};
    if (yaml_read(root, bytes, c->a, &e))
        return true;
    yaml_node at = {.line = e.input_line, .column = e.input_column};
    problem(c, &at, S(""), "valid YAML", "%s", e.msg);
    return false;
}

bool file_tree(reading *c, str path, yaml_node *root)
{
    str bytes;
    c->file = path;
    return file_bytes(c, path, &bytes) && text_tree(c, bytes, root);
}

static int name_order(const void *left, const void *right)
{
    return str_cmp(*(const str *)left, *(const str *)right);
}

#define NAME_BYTES_MAX 256

static int kept_list(reading *c, str dir, str *file)
{
    str plain = path_plain(dir, c->a);
    int count = 0;
    for (int i = 0; i < c->kept_count && count < FILES_MAX; i++) {
        str path = c->kept[i].path;
        if (path.n > plain.n + 1 && memcmp(path.p, plain.p, (size_t)plain.n) == 0 &&
            path.p[plain.n] == '/' &&
            !memchr(path.p + plain.n + 1, '/', (size_t)(path.n - plain.n - 1)))
            file[count++] = path;
    }
    qsort(file, (size_t)count, sizeof *file, name_order);
    return count;
}

/* The *.yaml files of a folder, sorted by name; a folder that does not exist has none. */
int folder_list(reading *c, str dir, str *file)
{
    if (c->kept)
        return kept_list(c, dir, file);
    typedef char name[NAME_BYTES_MAX];
    name *names = arena_new(c->a, name, FILES_MAX); /* before opening: it may not return */
    int count = 0;
    DIR *d = opendir(dir.p);
    if (!d)
        return 0;
    for (struct dirent *entry; (entry = readdir(d)) != NULL && count < FILES_MAX;) {
        str s = str_of(entry->d_name);
        if (s.n > 5 && s.n < NAME_BYTES_MAX && s.p[0] != '.' &&
            str_eq((str){s.p + s.n - 5, 5}, S(".yaml")))
            memcpy(names[count++], s.p, (size_t)s.n); /* the arena's zeros end it */
    }
    closedir(d);
    if (count == FILES_MAX)
        problem(c, NULL, dir, NULL, "more than %d files in one folder", FILES_MAX - 1);
    for (int i = 0; i < count; i++)
        file[i] = arena_printf(c->a, "%.*s/%s", STR_ARG(dir), names[i]);
    qsort(file, (size_t)count, sizeof *file, name_order);
    return count;
}

static void
folder_read(reading *c, str dir, const char *sub, void (*read)(reading *, const yaml_node *))
{
    str *file = arena_new(c->a, str, FILES_MAX);
    int count = folder_list(c, arena_printf(c->a, "%.*s/%s", STR_ARG(dir), sub), file);
    for (int i = 0; i < count; i++) {
        yaml_node root;
        if (file_tree(c, file[i], &root))
            read(c, &root);
    }
}

static void manifest_read(reading *c, str dir, int depth);

static void uses_read(reading *c, const yaml_node *node, str dir, int depth)
{
    if (!is_list(c, node, S("uses"), "a list of folders"))
        return;
    str file = c->file;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        str at = path_index(c, S("uses"), i);
        str used = scalar_text(c, &node->item[i], at, "a folder");
        if (depth >= USES_DEPTH_MAX)
            problem(c, &node->item[i], at, NULL, "folders use each other too deeply");
        else if (used.n)
            manifest_read(c, arena_printf(c->a, "%.*s/%.*s", STR_ARG(dir), STR_ARG(used)),
                          depth + 1);
        c->file = file;
    }
}

const char *const filing_kind_names[FILING__COUNT] = {[FILING_TRANSFER] = "transfer",
                                                      [FILING_DISEASE] = "disease",
                                                      [FILING_CHOSEN] = "chosen",
                                                      [FILING_ACCIDENT] = "accident",
                                                      [FILING_ATTRIBUTE] = "attribute"};

/* What an area says stands before what the folders it uses say. */
static void filings_read(reading *c, const yaml_node *node)
{
    static const char *const ways[] = {"at_once", "decision", NULL};
    key_spec keys[FILING__COUNT];
    const yaml_node *found[FILING__COUNT];
    for (int i = 0; i < FILING__COUNT; i++)
        keys[i] = (key_spec){filing_kind_names[i], false};
    if (!map_read(c, node, S("filings"), keys, FILING__COUNT, found))
        return;
    for (int i = 0; i < FILING__COUNT; i++) {
        str path = path_join(c, S("filings"), str_of(filing_kind_names[i]));
        int way = found[i] ? choice_read(c, found[i], path, ways) : -1;
        if (way >= 0)
            c->pack->filing_waits[i] = way == 1;
    }
}

static void manifest_read(reading *c, str dir, int depth)
{
    enum { PACK, AREA, NAME, USES, CROSS_AREA, FILINGS, NOTE, KEYS };
    static const key_spec keys[KEYS] = {{"pack", true},  {"area", false},       {"name", true},
                                        {"uses", false}, {"cross_area", false}, {"filings", false},
                                        {"note", false}};
    const yaml_node *found[KEYS];
    yaml_node root;
    if (!file_tree(c, arena_printf(c->a, "%.*s/pack.yaml", STR_ARG(dir)), &root) ||
        !map_read(c, &root, S(""), keys, KEYS, found))
        return;
    pack ignored = {0}, *into = depth == 0 ? c->pack : &ignored;
    if (found[PACK])
        into->id = scalar_text(c, found[PACK], S("pack"), "the id of the pack");
    if (found[AREA])
        into->area = scalar_text(c, found[AREA], S("area"), "a division code");
    if (found[NAME])
        names_read(c, found[NAME], S("name"), &into->zh, &into->en);
    if (found[USES])
        uses_read(c, found[USES], dir, depth);
    if (found[FILINGS])
        filings_read(c, found[FILINGS]);
    folder_read(c, dir, "dictionary", dictionary_read);
    folder_read(c, dir, "calendar", calendar_read);
    if (depth > 0 || !found[CROSS_AREA])
        return;
    words_index(c); /* its words are in the dictionaries just read */
    c->file = arena_printf(c->a, "%.*s/pack.yaml", STR_ARG(dir));
    cross_area_read(c, found[CROSS_AREA]);
}

/* ---- policies ---- */

static int policy_order(const void *left, const void *right)
{
    const benefit_policy *a = left, *b = right;
    int order = str_cmp(a->id, b->id);
    return order ? order : (a->from.number > b->from.number) - (a->from.number < b->from.number);
}

static bool overlap(const benefit_policy *a, const benefit_policy *b)
{
    return (a->until.number == DAY_NONE || b->from.number <= a->until.number) &&
           (b->until.number == DAY_NONE || a->from.number <= b->until.number);
}

/* A version without an end lasts until the next one begins. */
static void versions_check(reading *c)
{
    pack *p = c->pack;
    for (int i = 0; i + 1 < p->policy_count; i++) {
        benefit_policy *a = &p->policy[i], *b = &p->policy[i + 1];
        if (str_eq(a->id, b->id) && a->until.number == DAY_NONE && a->from.number < b->from.number)
            a->until.number = b->from.number - 1;
    }
    for (int i = 0; i < p->policy_count; i++) {
        for (int j = 0; j < i; j++) {
            benefit_policy *a = &p->policy[j], *b = &p->policy[i];
            if (a->scheme != b->scheme || !overlap(a, b))
                continue;
            c->file = b->file;
            problem(c, NULL, S("from"), "one policy of a scheme at a time",
                    "overlaps %.*s of the same scheme", STR_ARG(a->file));
        }
    }
}

static int said_order(const void *left, const void *right)
{
    const pack_word *a = left, *b = right;
    int order = (a->hash > b->hash) - (a->hash < b->hash);
    return order ? order : str_cmp(a->text, b->text);
}

/* Words are compared by hash: two words of one pack with the same hash would be one. */
static void said_index(reading *c)
{
    for (int i = 0; i < c->word.n; i++)
        VEC_PUSH(c->a, &c->said, c->word.at[i]);
    if (c->said.n == 0)
        return;
    qsort(c->said.at, (size_t)c->said.n, sizeof *c->said.at, said_order);
    int kept = 1;
    for (int i = 1; i < c->said.n; i++) {
        const pack_word *last = &c->said.at[kept - 1], *next = &c->said.at[i];
        if (last->hash == next->hash && str_eq(last->text, next->text))
            continue;
        if (last->hash == next->hash)
            problem(c, NULL, next->text, "another word",
                    "words `%.*s` and `%.*s` cannot be told apart", STR_ARG(next->text),
                    STR_ARG(last->text));
        c->said.at[kept++] = *next;
    }
    c->pack->said = c->said.at;
    c->pack->said_count = kept;
}

str pack_word_text(const pack *p, word hash)
{
    int low = 0, high = p->said_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (p->said[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->said_count && p->said[low].hash == hash ? p->said[low].text : S("?");
}

/* Accumulators kept for every person-year get a fixed place; those with sub-keys do not. */
static void accumulators_place(reading *c)
{
    pack *p = c->pack;
    for (int i = 1; i < c->accumulator.n; i++) {
        benefit_accumulator *acc = &c->accumulator.at[i];
        bool dense = acc->period == PERIOD_YEAR && acc->by_count == 0 && !acc->of_household;
        if (dense && p->dense_count < DENSE_MAX)
            acc->dense = p->dense_count++;
        p->has_household = p->has_household || acc->of_household;
        p->has_by = p->has_by || acc->by_count > 0;
    }
    p->accumulator = c->accumulator.at;
    p->accumulator_count = c->accumulator.n;
    for (int i = 0; i < p->policy_count; i++) {
        p->policy[i].accumulator = p->accumulator;
        p->policy[i].accumulator_count = p->accumulator_count;
        p->policy[i].dense_count = p->dense_count;
    }
}

static void policies_read(reading *c, str dir)
{
    str *file = arena_new(c->a, str, FILES_MAX);
    int count = folder_list(c, arena_printf(c->a, "%.*s/policy", STR_ARG(dir)), file);
    yaml_node *root = arena_new(c->a, yaml_node, count);
    bool *read = arena_new(c->a, bool, count);
    pack *p = c->pack;
    p->policy = arena_new(c->a, benefit_policy, count);
    p->document = arena_new(c->a, struct pack_document, count);
    for (int i = 0; i < count; i++) {
        read[i] = file_tree(c, file[i], &root[i]);
        if (read[i])
            accumulators_read(c, &root[i]);
    }
    for (int i = 0; i < count; i++) {
        if (!read[i])
            continue;
        c->file = file[i];
        p->document[p->document_count++] = (struct pack_document){file[i], &root[i]};
        policy_read(c, &root[i], &p->policy[p->policy_count++]);
    }
    if (p->policy_count)
        qsort(p->policy, (size_t)p->policy_count, sizeof *p->policy, policy_order);
}

static void pack_read(reading *c)
{
    pack *out = c->pack;
    arena *a = c->a;
    VEC_PUSH(a, &c->accumulator, (benefit_accumulator){.dense = -1}); /* 0 = none */
    manifest_read(c, out->dir, 0);
    words_index(c);
    if (c->calendar.n)
        qsort(c->calendar.at, (size_t)c->calendar.n, sizeof *c->calendar.at, exception_order);
    out->calendar = (calendar){c->calendar.at, c->calendar.n};
    policies_read(c, out->dir);
    versions_check(c);
    accumulators_place(c);
    said_index(c);
    out->problem = c->problem.at;
    out->problem_count = c->problem.n;
}

str dir_plain(str dir, arena *a)
{
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    return arena_str(a, dir);
}

static reading *reading_new(pack *out, str dir, arena *a)
{
    *out = (pack){.dir = dir_plain(dir, a)};
    reading *c = arena_new(a, reading, 1);
    c->a = a;
    c->pack = out;
    return c;
}

bool pack_load(pack *out, str dir, arena *a, err *e)
{
    reading *c = reading_new(out, dir, a);
    DIR *d = opendir(out->dir.p);
    if (!d)
        return FAIL(e, ERR_IO, "cannot open the pack folder %.*s: %s", STR_ARG(out->dir),
                    strerror(errno));
    closedir(d);
    pack_read(c);
    return true;
}

bool pack_load_texts(pack *out, str dir, const pack_text *text, int count, arena *a, err *e)
{
    reading *c = reading_new(out, dir, a);
    c->kept = text;
    c->kept_count = count;
    if (count == 0)
        return FAIL(e, ERR_PACK, "no file was kept");
    pack_read(c);
    return true;
}

const benefit_policy *pack_policy_on(const pack *p, word scheme, day on)
{
    for (int i = 0; i < p->policy_count; i++) {
        const benefit_policy *policy = &p->policy[i];
        if (policy->scheme == scheme && policy->from.number <= on.number &&
            (policy->until.number == DAY_NONE || on.number <= policy->until.number))
            return policy;
    }
    return NULL;
}

uint16_t pack_accumulator_find(const pack *p, str name)
{
    for (int i = 1; i < p->accumulator_count; i++)
        if (str_eq(p->accumulator[i].name, name))
            return (uint16_t)i;
    return 0;
}

void pack_problem_print(text_buffer *out, const pack_problem *problem)
{
    text_printf(out, "%.*s", STR_ARG(problem->file));
    if (problem->line)
        text_printf(out, ":%d:%d", problem->line, problem->column);
    text_printf(out, ": %s: ", problem->warning ? "warning" : "error");
    if (problem->path.n)
        text_printf(out, "%.*s: ", STR_ARG(problem->path));
    text_add(out, problem->message);
    if (problem->expected.n)
        text_printf(out, " (expected: %.*s)", STR_ARG(problem->expected));
    text_add(out, S("\n"));
}
