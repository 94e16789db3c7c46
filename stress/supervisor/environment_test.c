#include "supervisor/environment.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *value_of(char **environment, const char *name)
{
    const char *found = NULL;
    size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            cr_assert_null(found, "%s is set twice", name);
            found = *environment + length + 1;
        }
    }
    return found;
}

Test(environment, lets_the_user_add_options_but_not_take_the_exit_code)
{
    setenv("TSAN_OPTIONS", "history_size=2:exitcode=0:log_path=/nowhere", 1);
    setenv("TS_KEPT", "kept", 1);
    char **environment = ts_worker_environment_create();
    cr_assert_not_null(environment);
    const char *tsan = value_of(environment, "TSAN_OPTIONS");
    const char *ours = strstr(tsan, "history_size=7"), *theirs = strstr(tsan, "history_size=2");
    cr_assert(ours != NULL && theirs != NULL && ours < theirs, "the later one wins: %s", tsan);
    cr_assert_str_eq(tsan + strlen(tsan) - strlen(":exitcode=86:log_path=stderr:report_bugs=1:symbolize=0"),
                     ":exitcode=86:log_path=stderr:report_bugs=1:symbolize=0");
    cr_assert_not_null(strstr(value_of(environment, "ASAN_OPTIONS"), "exitcode=87"));
    cr_assert_not_null(strstr(value_of(environment, "UBSAN_OPTIONS"), "exitcode=87"));
    cr_assert_str_eq(value_of(environment, "TS_KEPT"), "kept");
    ts_worker_environment_destroy(environment);
}

Test(environment, knows_which_thread_sanitizer_dies)
{
    cr_assert(ts_environment_tsan_dies(32, 14, 0));
    cr_assert(ts_environment_tsan_dies(29, 18, 0));
    cr_assert_not(ts_environment_tsan_dies(28, 14, 0));
    cr_assert_not(ts_environment_tsan_dies(32, 18, 1));
    cr_assert_not(ts_environment_tsan_dies(32, 19, 1));
}

Test(environment, finds_a_symbolizer_in_the_path_then_the_fallback)
{
    char folder[] = "/tmp/ts_symbolizer_XXXXXX", tool[64], list[128], found[256];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(tool, sizeof tool, "%s/llvm-symbolizer", folder);
    snprintf(list, sizeof list, "/no/such/folder::%s", folder);
    cr_assert_not(ts_environment_find_symbolizer(list, NULL, found, sizeof found));
    cr_assert_not(ts_environment_find_symbolizer(list, tool, found, sizeof found));
    close(open(tool, O_CREAT | O_WRONLY, 0755));
    cr_assert(ts_environment_find_symbolizer(list, "/other", found, sizeof found));
    cr_assert_str_eq(found, tool);
    cr_assert(ts_environment_find_symbolizer("", tool, found, sizeof found));
    unlink(tool);
    rmdir(folder);
}

Test(environment, names_the_missing_worker_and_the_build)
{
    const bool plain_only[TS_FLAVOUR_COUNT] = {[TS_FLAVOUR_PLAIN] = true};
    struct ts_diag diag;
    setenv("TICKSTORM_WORKERS", "/no/such/folder", 1);
    cr_assert_eq(ts_environment_require(plain_only, &diag), TS_ENVIRONMENT);
    cr_assert_str_eq(diag.subject, "plain tickstorm-worker");
    cr_assert_not_null(strstr(diag.text, "./ci/build"));
}
