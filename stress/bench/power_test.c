#include "bench/power.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_score(char path[64], const char *text)
{
    strcpy(path, "/tmp/ts-power-XXXXXX");
    int descriptor = mkstemp(path);
    cr_assert(descriptor >= 0);
    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
}

Test(power, seconds_of_misses_count_against_the_bugs_caught)
{
    char path[64];
    struct ts_power powers[TS_POWER_COLUMNS_MAX];
    size_t count;
    write_score(path, "{\"bugs\":[{\"id\":1,\"suite\":{\"caught\":true,\"lives\":2,\"elapsed_ms\":500},"
                      "\"native\":{\"caught\":false,\"lives\":40,\"elapsed_ms\":9000}},"
                      "{\"id\":2,\"suite\":{\"caught\":true,\"lives\":6,\"elapsed_ms\":1500},"
                      "\"native\":{\"caught\":true,\"lives\":10,\"elapsed_ms\":1000}}]}");
    cr_assert_eq(ts_power_read(path, powers, &count, NULL), TS_OK);
    cr_assert_eq(count, 2);
    cr_assert_str_eq(powers[0].column, "suite");
    cr_assert(powers[0].bugs == 2 && powers[0].caught == 2 && powers[0].lives == 8);
    cr_assert_float_eq(ts_power_seconds_a_bug(&powers[0]), 1.0, 1e-9);
    cr_assert_float_eq(ts_power_a_life(&powers[0]), 0.25, 1e-9);
    cr_assert_float_eq(ts_power_seconds_a_bug(&powers[1]), 10.0, 1e-9);
    cr_assert_float_eq(ts_power_a_life(&powers[1]), 0.02, 1e-9);
    unlink(path);
}

Test(power, what_never_caught_has_no_price)
{
    struct ts_power none = {.seconds = 5};
    cr_assert(isnan(ts_power_seconds_a_bug(&none)));
    cr_assert(isnan(ts_power_a_life(&none)));
}

Test(power, what_is_no_score_is_refused_with_its_path)
{
    char path[64];
    struct ts_power powers[TS_POWER_COLUMNS_MAX];
    size_t count;
    struct ts_diag diag = {0};
    write_score(path, "{\"bugs\":[{\"id\":1}]}");
    cr_assert_eq(ts_power_read(path, powers, &count, &diag), TS_MALFORMED);
    cr_assert_str_eq(diag.subject, path);
    cr_assert_not_null(strstr(diag.text, "no score"));
    unlink(path);
    cr_assert_eq(ts_power_read(path, powers, &count, &diag), TS_NOT_FOUND);
    write_score(path, "{\n]");
    cr_assert_eq(ts_power_read(path, powers, &count, &diag), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "line 2"));
    unlink(path);
}
