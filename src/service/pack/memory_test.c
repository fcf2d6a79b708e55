/* Reading packs when memory ends: nothing stays open, nothing crashes. */
#include "service/pack/pack.h"

#include "service/pack/yaml_internal.h"
#include "test/support/unit_pack.h"

#include <dirent.h>

/* Memory ends at every point of a file: the parser's own memory is given back, nothing crashes. */
static bool yaml_within(str bytes, ptrdiff_t size)
{
    arena a = unit_arena(size);
    char *memory = a.beg;
    yaml_node root;
    err e = {0};
    jmp_buf oom;
    volatile bool done = false;
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        done = yaml_read(&root, bytes, &a, &e);
        assert_true(done);
        assert_true(a.oom == &oom);
    }
    free(memory);
    return done;
}

static void memory_of_yaml_ends_anywhere(void **state)
{
    (void)state;
    str text = S("a: 1\nb: [x, {y: z, w: [1, 2, 3]}]\nc: {d: e, f: g}\n");
    int too_small = 0;
    ptrdiff_t size = 0;
    for (; size < 1 << 16 && !yaml_within(text, size); size += 8)
        too_small++;
    assert_true(too_small > 10);
    for (ptrdiff_t more = 0; more < 256; more += 8)
        assert_true(yaml_within(text, size + more));
}

/* ---- memory ends while a pack is loaded ---- */

/* Open files before and after: a folder or file left open when memory ends would be counted. */
static int open_files(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    if (!d)
        return 0;
    while (readdir(d))
        count++;
    closedir(d);
    return count;
}

static bool loads_within(ptrdiff_t size)
{
    arena a = unit_arena(size);
    char *memory = a.beg;
    pack p;
    err e = {0};
    jmp_buf oom;
    volatile bool done = false;
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        done = pack_load(&p, S(GONGJI_ROOT "/test/packs/tiny"), &a, &e);
        assert_true(done);
        assert_int_equal(p.error_count, 0);
        assert_int_equal(p.policy_count, 1);
    }
    free(memory);
    return done;
}

/* A very small pack: every 16 bytes where it is parsed, and coarse steps over the whole. */
static void memory_of_a_pack_ends_anywhere(void **state)
{
    (void)state;
    int files = open_files();
    ptrdiff_t low = 0, high = (ptrdiff_t)1 << 26;
    while (high - low > 8) { /* the least it needs */
        ptrdiff_t middle = low + (high - low) / 2;
        if (loads_within(middle))
            high = middle;
        else
            low = middle;
    }
    for (ptrdiff_t size = 0; size < 4096; size += 16)
        assert_false(loads_within(size));
    for (ptrdiff_t size = 4096; size < high; size += high / 150)
        assert_false(loads_within(size));
    for (ptrdiff_t size = high - 400 * 16; size < high; size += 16)
        assert_int_equal(loads_within(size), false);
    for (ptrdiff_t size = high; size < high + 1024; size += 64)
        assert_true(loads_within(size));
    assert_int_equal(open_files(), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_of_yaml_ends_anywhere),
        cmocka_unit_test(memory_of_a_pack_ends_anywhere),
    };
    return cmocka_run_group_tests_name("pack_memory", tests, NULL, NULL);
}
