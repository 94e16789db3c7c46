#include "bench/power.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

double ts_power_seconds_a_bug(const struct ts_power *power)
{
    return power->caught > 0 ? power->seconds / (double)power->caught : NAN;
}

double ts_power_a_life(const struct ts_power *power)
{
    return power->lives > 0 ? (double)power->caught / (double)power->lives : NAN;
}

static struct ts_power *power_of(struct ts_power powers[TS_POWER_COLUMNS_MAX], size_t *count,
                                 const char *column)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(powers[i].column, column) == 0) {
            return &powers[i];
        }
    }
    if (*count == TS_POWER_COLUMNS_MAX || strlen(column) >= sizeof powers->column) {
        return NULL;
    }
    struct ts_power *power = &powers[(*count)++];
    *power = (struct ts_power){0};
    strcpy(power->column, column);
    return power;
}

/* Each member of a bug that is an object with "caught" and "elapsed_ms" is a column. */
static ts_err add_bug(json_t *bug, const char *path, struct ts_power powers[TS_POWER_COLUMNS_MAX],
                      size_t *count, struct ts_diag *diag)
{
    const char *name;
    json_t *value;
    json_object_foreach(bug, name, value)
    {
        int caught;
        json_int_t lives, elapsed_ms;
        if (!json_is_object(value) ||
            strncmp(name, "clean", strlen("clean")) == 0 || /* code without the bug */
            json_unpack(value, "{sb sI sI}", "caught", &caught, "lives", &lives, "elapsed_ms", &elapsed_ms) !=
                0) {
            continue;
        }
        struct ts_power *power = power_of(powers, count, name);
        if (power == NULL) {
            return ts_fail(diag, TS_MALFORMED, "read score", path, "column %.40s is one too many", name);
        }
        power->bugs++;
        power->caught += caught != 0;
        power->lives += (uint64_t)lives;
        power->seconds += (double)elapsed_ms / 1e3;
    }
    return TS_OK;
}

ts_err ts_power_read(const char *path, struct ts_power powers[TS_POWER_COLUMNS_MAX], size_t *count,
                     struct ts_diag *diag)
{
    json_error_t where;
    *count = 0;
    if (access(path, R_OK) != 0) {
        return ts_fail_errno(diag, errno, "read score", path);
    }
    json_t *score = json_load_file(path, 0, &where);
    if (score == NULL) {
        return ts_fail(diag, TS_MALFORMED, "read score", path, "line %d: %s", where.line, where.text);
    }
    json_t *bugs = json_object_get(score, "bugs");
    ts_err error = TS_OK;
    for (size_t i = 0; error == TS_OK && i < json_array_size(bugs); i++) {
        error = add_bug(json_array_get(bugs, i), path, powers, count, diag);
    }
    if (error == TS_OK && *count == 0) {
        error =
            ts_fail(diag, TS_MALFORMED, "read score", path, "it has no bug with a column: it is no score");
    }
    json_decref(score);
    return error;
}

static void print_json(const struct ts_power *power)
{
    printf("{\"bench\":\"power\",\"column\":\"%s\",\"bugs\":%llu,\"caught\":%llu,\"lives\":%llu,\"seconds\":%"
           ".1f",
           power->column, (unsigned long long)power->bugs, (unsigned long long)power->caught,
           (unsigned long long)power->lives, power->seconds);
    if (power->caught > 0) {
        printf(",\"seconds_a_bug\":%.3f", ts_power_seconds_a_bug(power));
    }
    if (power->lives > 0) {
        printf(",\"caught_a_life\":%.5f", ts_power_a_life(power));
    }
    puts("}");
}

int ts_bench_power(const struct ts_bench_options *options)
{
    struct ts_power powers[TS_POWER_COLUMNS_MAX];
    struct ts_diag diag = {0};
    char line[512];
    size_t count;
    ts_err error = options->score_path != NULL ? ts_power_read(options->score_path, powers, &count, &diag)
                                               : ts_fail(&diag, TS_INVALID, "read score", NULL,
                                                         "--score FILE is missing: a score.json");
    if (error != TS_OK) {
        fprintf(stderr, "tickstorm bench power: %s\n", ts_diag_line(&diag, line, sizeof line));
        return TS_BENCH_REFUSED;
    }
    if (!options->json) {
        puts("| column | caught | seconds | seconds a bug | lives | caught a life "
             "|\n|---|---|---|---|---|---|");
    }
    for (size_t i = 0; i < count; i++) {
        const struct ts_power *p = &powers[i];
        if (options->json) {
            print_json(p);
        } else {
            printf("| %s | %llu of %llu | %.1f | %.2f | %llu | %.4f |\n", p->column,
                   (unsigned long long)p->caught, (unsigned long long)p->bugs, p->seconds,
                   ts_power_seconds_a_bug(p), (unsigned long long)p->lives, ts_power_a_life(p));
        }
    }
    return TS_BENCH_OK;
}
