#include "reports/history_fixture.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void place_make(struct place *place)
{
    strcpy(place->folder, "/tmp/ts-history-XXXXXX");
    cr_assert_not_null(mkdtemp(place->folder));
    snprintf(place->record, sizeof place->record, "%s/record.jsonl", place->folder);
    snprintf(place->database, sizeof place->database, "%s/history.db", place->folder);
}

void place_clean_database(const struct place *place)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[128];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", place->database, suffixes[i]);
        (void)unlink(path); /* not each of them is there */
    }
}

void place_remove(const struct place *place)
{
    place_clean_database(place);
    (void)unlink(place->record); /* not every test has one */
    cr_assert_eq(rmdir(place->folder), 0);
}

void write_run(FILE *file, const char *id, const char *started)
{
    fprintf(file,
            "{\"type\":\"run\",\"format\":2,\"id\":\"%s\",\"tool\":\"tickstorm 0.1.0\",\"kind\":\"run\","
            "\"command\":\"tickstorm run x\",\"started\":\"%s\",\"seed\":\"0x1\",\"commit\":\"abc\","
            "\"dirty\":true,\"machine\":{\"cores\":2},\"toolchain\":\"clang\",\"source\":\"synthetic\","
            "\"budget_ms\":1000,\"cells\":1}\n",
            id, started);
}

void write_finding(FILE *file, const char *signature, const char *kind, int line)
{
    fprintf(file,
            "{\"type\":\"finding\",\"signature\":\"%s\",\"kind\":\"%s\",\"title\":\"f / g\","
            "\"description\":\"data-race\",\"location\":\"\",\"lifetime\":false,\"cell\":0,\"life\":0,"
            "\"command\":\"tickstorm repro %s\",\"stacks\":[{\"role\":\"access\",\"text\":\"write\","
            "\"thread\":\"\",\"frames\":[{\"function\":\"f\",\"file\":\"a.c\",\"line\":%d,\"module\":\"m\","
            "\"offset\":\"0x1\",\"own\":true}]}]}\n",
            signature, kind, signature, line);
}

/* Every third life passes; the others race, with 2 reports, and every sixth of them crashes besides. */
static void write_life(FILE *file, int life)
{
    bool races = life % 3 != 0;
    bool crashes = life % 6 == 1;
    fprintf(file,
            "{\"type\":\"life\",\"cell\":0,\"life\":%d,\"seed\":\"0x%x\",\"started_ms\":%d,"
            "\"duration_ms\":5,\"exit_code\":%s,\"signal\":%s,\"outcome\":\"%s\",\"class\":null,"
            "\"detail\":\"\",\"reports\":[",
            life, life, life, crashes ? "null" : "0", crashes ? "11" : "null", races ? "race" : "pass");
    if (races) {
        fprintf(file, "{\"kind\":\"race\",\"title\":\"f / g\",\"signature\":\"" RACE "\",\"count\":2}");
    }
    fprintf(file, "],\"violations\":[],\"counters\":{}%s,\"log\":\"\"}\n",
            crashes ? ",\"finding\":\"" CRASH "\"" : "");
}

static void write_end(FILE *file, int lives)
{
    fprintf(file,
            "{\"type\":\"cell\",\"cell\":0,\"scenario\":\"s\",\"mode\":\"direct\",\"flavour\":\"tsan\","
            "\"seed\":\"0x1\",\"lives\":%d,\"restarts\":0,\"elapsed_ms\":10,\"outcome\":\"race\","
            "\"class\":null,\"as_expected\":true,\"hazard_count\":3,\"outcomes\":{},\"findings\":[],"
            "\"command\":\"c\"}\n"
            "{\"type\":\"end\",\"verdict\":\"findings\",\"sentence\":\"Found.\",\"interrupted\":false,"
            "\"elapsed_ms\":12}\n",
            lives);
}

/* 5 lines and one for each life. */
void write_record(const char *path, const char *id, const char *started, int lives)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    write_run(file, id, started);
    write_finding(file, RACE, "race", 7);
    write_finding(file, CRASH, "crash", 9);
    for (int i = 0; i < lives; i++) {
        write_life(file, i);
    }
    write_end(file, lives);
    cr_assert_eq(fclose(file), 0);
}

/* Read past the module under test. */
int64_t count(const struct place *place, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_open_v2(place->database, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    cr_assert_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW, "%s: %s", sql, sqlite3_errmsg(database));
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return value;
}

void expect_counts(const struct place *place, int64_t runs, int64_t lives)
{
    static const char per_life[] =
        "SELECT coalesce(sum(count), 0) FROM sightings WHERE signature = '" RACE "'";
    int64_t races = lives - (lives + 2) / 3;
    int64_t crashes = (lives + 4) / 6;
    cr_assert_eq(count(place, "SELECT count(*) FROM runs WHERE ended"), runs);
    cr_assert_eq(count(place, "SELECT sum(lines_ingested) FROM runs"), runs * (lives + 5));
    cr_assert_eq(count(place, "SELECT count(*) FROM lives"), runs * lives);
    cr_assert_eq(count(place, "SELECT count(*) FROM cells"), runs);
    cr_assert_eq(count(place, "SELECT count(*) FROM findings"), 2);
    cr_assert_eq(count(place, "SELECT count(*) FROM sightings"), runs * (races + crashes));
    cr_assert_eq(count(place, per_life), runs * 2 * races);
}

struct ts_history *opened(const struct place *place)
{
    struct ts_history *history = NULL;
    struct ts_diag diag;
    cr_assert_eq(ts_history_open(place->database, &history, &diag), TS_OK, "%s", diag.text);
    return history;
}

struct ts_history_counts ingested(struct ts_history *history, const char *path)
{
    struct ts_history_counts counts;
    struct ts_diag diag;
    cr_assert_eq(ts_history_ingest(history, path, &counts, &diag), TS_OK, "%s", diag.text);
    return counts;
}
