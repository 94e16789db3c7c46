#include "reports/history_fixture.h"
#include "reports/history_query.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static void execute(const struct place *place, const char *sql)
{
    sqlite3 *database = NULL;
    cr_assert_eq(sqlite3_open(place->database, &database), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

Test(history, an_older_schema_is_brought_up_and_a_newer_one_refused)
{
    struct place place;
    struct ts_history *history = NULL;
    struct ts_diag diag;
    place_make(&place);
    execute(&place,
            "PRAGMA application_id = 0x54535448; PRAGMA user_version = 0"); /* before its first step */
    ts_history_close(opened(&place));
    cr_assert_eq(count(&place, "PRAGMA user_version"), 1);
    cr_assert_eq(count(&place, "SELECT count(*) FROM sightings"), 0);
    write_record(place.record, "r1", "2026-01-02T00:00:00Z", 9);
    history = opened(&place); /* a second opening migrates nothing */
    (void)ingested(history, place.record);
    ts_history_close(history);
    ts_history_close(opened(&place));
    expect_counts(&place, 1, 9);

    execute(&place, "PRAGMA user_version = 2");
    cr_assert_eq(ts_history_open(place.database, &history, &diag), TS_MISMATCH);
    cr_assert_not_null(strstr(diag.text, "version 2"));
    cr_assert_null(history);
    expect_counts(&place, 1, 9);
    place_remove(&place);
}

Test(history, a_file_of_another_kind_is_left_as_it_was)
{
    static const char words[] =
        "These are not the pages of a database, but somebody's notes about the run.\n";
    struct place place;
    struct ts_history *history = NULL;
    struct ts_diag diag;
    char read[256] = "";
    place_make(&place);
    FILE *file = fopen(place.database, "w");
    for (int i = 0; i < 20; i++) {
        fputs(words, file);
    }
    fclose(file);
    cr_assert_eq(ts_history_open(place.database, &history, &diag), TS_MALFORMED);
    file = fopen(place.database, "r");
    for (int i = 0; i < 20; i++) {
        cr_assert_str_eq(fgets(read, sizeof read, file), words);
    }
    cr_assert_null(fgets(read, sizeof read, file));
    fclose(file);

    place_clean_database(&place);
    execute(&place, "CREATE TABLE notes(text); INSERT INTO notes VALUES ('mine')");
    cr_assert_eq(ts_history_open(place.database, &history, &diag), TS_MISMATCH);
    cr_assert_eq(count(&place, "SELECT count(*) FROM sqlite_schema"), 1);
    place_remove(&place);
}
