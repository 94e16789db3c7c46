/* A disk that fills up under the record, at any byte of it. */
#include "tape/disk_wraps.h"

#include "supervisor/record_writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 8

static char folder[64];
static struct ts_record_writer writer;
static struct ts_diag diag;

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/ts_full_XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
    disk_room_bytes = SIZE_MAX;
    ts_record_writer_abandon(&writer);
    unlink(writer.partial_path);
    unlink(writer.path);
    rmdir(folder);
}

static ts_err write_line(int number)
{
    return ts_record_writer_line(&writer, json_pack("{ss si}", "type", "life", "life", number), &diag);
}

/* How many lines of the record are whole; they must be the first ones, in order. */
static int whole_lines(const char *path)
{
    char line[128];
    int count = 0;
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL && strchr(line, '\n') != NULL) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "{\"type\":\"life\",\"life\":%d}\n", count);
        cr_assert_str_eq(line, wanted);
        count++;
    }
    fclose(file);
    return count;
}

Test(disk_full, nothing_that_was_written_is_lost, .init = set_up, .fini = tear_down)
{
    for (size_t room = 0;; room++) {
        int written = 0;
        cr_assert_eq(ts_record_writer_init(&writer, folder, NULL, NULL, &diag), TS_OK);
        disk_room_bytes = room;
        while (written < LINES && write_line(written) == TS_OK) {
            written++;
        }
        disk_room_bytes = SIZE_MAX;
        if (written < LINES) {
            cr_assert_eq(diag.code, TS_NO_SPACE);
            cr_assert_str_eq(diag.subject, writer.partial_path);
        }
        cr_assert_eq(whole_lines(writer.partial_path), written, "with room for %zu bytes", room);
        ts_record_writer_abandon(&writer);
        /* With room again it goes on where the last whole line ends. */
        cr_assert_eq(ts_record_writer_resume(&writer, folder, &diag), TS_OK);
        for (int i = written; i < LINES; i++) {
            cr_assert_eq(write_line(i), TS_OK);
        }
        cr_assert_eq(ts_record_writer_finish(&writer, &diag), TS_OK);
        cr_assert_eq(whole_lines(writer.path), LINES);
        unlink(writer.path);
        if (written == LINES) {
            return;
        }
    }
}

Test(disk_full, a_record_that_may_not_be_on_the_disk_keeps_its_partial_name, .init = set_up,
     .fini = tear_down)
{
    cr_assert_eq(ts_record_writer_init(&writer, folder, NULL, NULL, &diag), TS_OK);
    cr_assert_eq(write_line(0), TS_OK);
    fsync_fails = true;
    cr_assert_eq(ts_record_writer_finish(&writer, &diag), TS_NO_SPACE);
    fsync_fails = false;
    cr_assert_str_eq(diag.subject, writer.partial_path);
    cr_assert_eq(whole_lines(writer.partial_path), 1);
    cr_assert_neq(access(writer.path, F_OK), 0);
}
