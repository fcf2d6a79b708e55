/* When a clock jumped, and when it only went on. */
#include "edge/serve/guard.h"

#include "test/support/unit.h"

static void a_clock_jumps_or_goes_on(void **state)
{
    (void)state;
    assert_int_equal(guard_clock_jump(1000, 6000, 50, 5050), 0);       /* five seconds */
    assert_int_equal(guard_clock_jump(1000, 6300, 50, 5050), 0);       /* set right slowly */
    assert_int_equal(guard_clock_jump(1000, 7200000, 50, 7199050), 0); /* slept for two hours */
    assert_int_equal(guard_clock_jump(1000, 3606000, 50, 5050), 3600000);
    assert_int_equal(guard_clock_jump(3606000, 11000, 5050, 10050), -3600000);
    assert_int_equal(guard_clock_jump(1000, 8001, 50, 5050), 2001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_clock_jumps_or_goes_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
