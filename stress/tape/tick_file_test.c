#include "tape/tick_file.h"

#include "base/clock.h"
#include "tape/disk_wraps.h"
#include "tape/folder_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>

TestSuite(tick_file, .init = make_folder, .fini = remove_folder);

#define START_NS 1700000000000000000LL
#define STEP_NS  1000

/* One tick of each type in turn, all of their own content. */
static struct ts_tick tick_number(int number)
{
    static const uint32_t types[4] = {WINGCHUN_DEPTH, WINGCHUN_TICKER, WINGCHUN_TRADE, WINGCHUN_INDEX_PRICE};
    struct ts_tick tick;
    memset(&tick, 0, sizeof tick);
    tick.receive_ns = START_NS + (int64_t)number * STEP_NS;
    tick.type = types[number % 4];
    tick.size = (uint32_t)wingchun_size((int)tick.type);
    memset(tick.data.bytes, 1 + number, tick.size);
    switch (tick.type) {
    case WINGCHUN_DEPTH:
        tick.data.depth.data_time_ns = tick.receive_ns + 5;
        break;
    case WINGCHUN_TICKER:
        tick.data.ticker.data_time_ns = tick.receive_ns + 5;
        break;
    case WINGCHUN_TRADE:
        tick.data.trade.trade_time_ns = tick.receive_ns + 5;
        break;
    default:
        break;
    }
    return tick;
}

static ts_err write_ticks(const char *path, int count, struct ts_diag *diag)
{
    struct ts_tick_writer *writer = NULL;
    ts_err err = ts_tick_writer_create(path, &writer, diag);
    for (int i = 0; i < count && err == TS_OK; i++) {
        struct ts_tick tick = tick_number(i);
        err = ts_tick_writer_append(writer, &tick, diag);
        if (err != TS_OK) {
            ts_tick_writer_discard(writer);
            return err;
        }
    }
    return err == TS_OK ? ts_tick_writer_commit(writer, diag) : err;
}

static int64_t own_time(const struct ts_tick *tick)
{
    switch (tick->type) {
    case WINGCHUN_DEPTH:
        return tick->data.depth.data_time_ns;
    case WINGCHUN_TICKER:
        return tick->data.ticker.data_time_ns;
    case WINGCHUN_TRADE:
        return tick->data.trade.trade_time_ns;
    default:
        return tick->receive_ns + 5;
    }
}

Test(tick_file, what_was_written_is_played_and_then_ends)
{
    enum { COUNT = 1001 };
    const char *path = in_folder("a.ticks");
    struct ts_diag diag;
    cr_assert_eq(write_ticks(path, COUNT, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(count_files(0), 1, "a partial file is left");
    struct ts_source *source = NULL;
    cr_assert_eq(ts_source_tick_file(path, 1, &source, &diag), TS_OK, "%s", diag.text);
    struct ts_tick tick = {0};
    for (int i = 0; i < COUNT; i++) {
        struct ts_tick expected = tick_number(i);
        cr_assert_eq(ts_source_next(source, &tick), TS_OK);
        cr_assert_eq(tick.receive_ns, expected.receive_ns);
        cr_assert_eq(tick.type, expected.type);
        cr_assert_eq(tick.size, expected.size);
        cr_assert_arr_eq(tick.data.bytes, expected.data.bytes, expected.size);
    }
    cr_assert_eq(ts_source_next(source, &tick), TS_END);
    cr_assert_eq(ts_source_next(source, &tick), TS_END);
    struct ts_tick_counts counts = ts_source_counts(source);
    cr_assert(counts.depth == 251 && counts.ticker == 250 && counts.trade == 250 &&
              counts.index_price == 250);
    ts_source_close(source);
}

Test(tick_file, later_passes_shift_all_times)
{
    enum { COUNT = 8 };
    const int64_t pass_ns = (int64_t)(COUNT - 1) * STEP_NS + TS_NS_PER_MS;
    const char *path = in_folder("a.ticks");
    struct ts_diag diag;
    cr_assert_eq(write_ticks(path, COUNT, &diag), TS_OK);
    for (uint32_t passes = 0; passes <= 3; passes++) {
        struct ts_source *source = NULL;
        cr_assert_eq(ts_source_tick_file(path, passes, &source, &diag), TS_OK);
        int plays = passes == 0 ? 50 : (int)passes;
        struct ts_tick tick;
        for (int i = 0; i < plays * COUNT; i++) {
            cr_assert_eq(ts_source_next(source, &tick), TS_OK);
            cr_assert_eq(tick.receive_ns, START_NS + (int64_t)(i % COUNT) * STEP_NS + (i / COUNT) * pass_ns,
                         "tick %d", i);
            cr_assert_eq(own_time(&tick), tick.receive_ns + 5, "tick %d", i);
        }
        cr_assert_eq(ts_source_next(source, &tick), passes == 0 ? TS_OK : TS_END);
        ts_source_close(source);
    }
}

Test(tick_file, endless_play_ends_with_the_range_of_the_clock)
{
    const char *path = in_folder("a.ticks");
    struct ts_tick_writer *writer = NULL;
    cr_assert_eq(ts_tick_writer_create(path, &writer, NULL), TS_OK);
    struct ts_tick tick = tick_number(0);
    tick.receive_ns = 0;
    cr_assert_eq(ts_tick_writer_append(writer, &tick, NULL), TS_OK);
    tick.receive_ns = INT64_MAX / 3;
    cr_assert_eq(ts_tick_writer_append(writer, &tick, NULL), TS_OK);
    cr_assert_eq(ts_tick_writer_commit(writer, NULL), TS_OK);
    struct ts_source *source = NULL;
    cr_assert_eq(ts_source_tick_file(path, 0, &source, NULL), TS_OK);
    int64_t last_ns = -1;
    int count = 0;
    for (; ts_source_next(source, &tick) == TS_OK; count++) {
        cr_assert_gt(tick.receive_ns, last_ns);
        last_ns = tick.receive_ns;
    }
    cr_assert_eq(count, 4);
    ts_source_close(source);
}

/* Padding of zeros makes the file a function of its ticks: the same recording gives the same bytes. */
Test(tick_file, padding_is_zero_in_every_frame)
{
    const char *path = in_folder("a.ticks");
    struct ts_tick_map map;
    struct ts_diag diag;
    cr_assert_eq(write_ticks(path, 1001, &diag), TS_OK);
    cr_assert_eq(ts_tick_map_open(path, &map, &diag), TS_OK, "%s", diag.text);
    cr_assert_gt(map.header->payload_bytes, 100000, "the writer's buffer was not used twice");
    for (uint64_t offset = 0; offset < map.header->payload_bytes;) {
        struct ts_tick_frame frame;
        memcpy(&frame, map.frames + offset, sizeof frame);
        size_t frame_bytes = ts_tick_frame_bytes(frame.size);
        for (size_t i = sizeof frame + frame.size; i < frame_bytes; i++) {
            cr_assert_eq(map.frames[offset + i], 0);
        }
        offset += frame_bytes;
    }
    ts_tick_map_close(&map);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    return got;
}

static ts_err open_bytes(const unsigned char *bytes, size_t size, struct ts_diag *diag)
{
    const char *path = in_folder("damaged.ticks");
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    struct ts_source *source = NULL;
    ts_err err = ts_source_tick_file(path, 1, &source, diag);
    ts_source_close(source);
    return err;
}

static ts_err open_damaged(struct ts_diag *diag)
{
    struct ts_source *source = NULL;
    memset(diag, 0, sizeof *diag);
    ts_err err = ts_source_tick_file(in_folder("a.ticks"), 1, &source, diag);
    ts_source_close(source);
    cr_assert(diag->code == err && (err == TS_OK || diag->text[0] != '\0'));
    return err;
}

/* Each bit of the file flipped by itself, and each length cut. */
Test(tick_file, every_damaged_bit_is_noticed)
{
    unsigned char bytes[4096];
    struct ts_diag diag;
    cr_assert_eq(write_ticks(in_folder("a.ticks"), 4, &diag), TS_OK);
    size_t size = read_file(in_folder("a.ticks"), bytes, sizeof bytes);
    int fd = open(in_folder("a.ticks"), O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(open_damaged(&diag), TS_OK, "%s", diag.text);
    for (size_t i = 0; i < 8 * size; i++) {
        unsigned char flipped = (unsigned char)(bytes[i / 8] ^ 1u << i % 8);
        cr_assert_eq(pwrite(fd, &flipped, 1, (off_t)(i / 8)), 1);
        ts_err err = open_damaged(&diag);
        cr_assert(err == TS_MALFORMED || err == TS_MISMATCH || err == TS_TRUNCATED, "bit %zu: %s", i,
                  ts_err_name(err));
        cr_assert_eq(pwrite(fd, &bytes[i / 8], 1, (off_t)(i / 8)), 1);
    }
    cr_assert_eq(open_damaged(&diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ftruncate(fd, (off_t)size + 1), 0);
    cr_assert_eq(open_damaged(&diag), TS_MALFORMED);
    for (size_t i = size; i-- > 0;) {
        cr_assert_eq(ftruncate(fd, (off_t)i), 0);
        cr_assert_eq(open_damaged(&diag), TS_TRUNCATED, "cut to %zu bytes", i);
    }
    close(fd);
}

/* Damage with a checksum to match: the frames themselves are checked as well. */
Test(tick_file, frames_that_lie_are_refused_behind_a_right_checksum)
{
    unsigned char bytes[4096];
    struct ts_diag diag;
    cr_assert_eq(write_ticks(in_folder("a.ticks"), 4, &diag), TS_OK);
    size_t size = read_file(in_folder("a.ticks"), bytes, sizeof bytes);
    struct ts_tick_file_header *header = (struct ts_tick_file_header *)(void *)bytes;
    struct ts_tick_frame *frame = (struct ts_tick_frame *)(void *)(bytes + sizeof *header);
    const struct ts_tick_frame good = *frame;
    const struct {
        struct ts_tick_frame frame;
        const char *reason;
    } bad[] = {
        {{good.receive_ns, 100, good.size}, "tick 1 has type 100"},
        {{good.receive_ns, 105, 0}, "tick 1 has type 105"},
        {{good.receive_ns, good.type, good.size - 1}, "tick 1 has type"},
        {{good.receive_ns, WINGCHUN_TICKER, good.size}, "tick 1 has type"},
        {{good.receive_ns, good.type, UINT32_MAX}, "tick 1 has type"},
        {{good.receive_ns + TS_NS_PER_S, good.type, good.size}, "time of tick 2 goes back"},
        {{-1, good.type, good.size}, "time of tick 1 goes back"},
        {{good.receive_ns - 1, good.type, good.size}, "times differ"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        *frame = bad[i].frame;
        header->payload_hash = ts_tick_hash(0, frame, size - sizeof *header);
        cr_assert_eq(open_bytes(bytes, size, &diag), TS_MALFORMED, "case %zu", i);
        cr_assert_not_null(strstr(diag.text, bad[i].reason), "case %zu: %s", i, diag.text);
    }
    *frame = good;
    header->payload_hash = ts_tick_hash(0, frame, size - sizeof *header);
    cr_assert_eq(open_bytes(bytes, size, &diag), TS_OK, "%s", diag.text);
    header->version++;
    cr_assert_eq(open_bytes(bytes, size, &diag), TS_MISMATCH);
}

Test(tick_file, files_that_are_none_are_refused)
{
    struct ts_source *source = NULL;
    struct ts_diag diag;
    cr_assert_eq(ts_source_tick_file(in_folder("absent"), 1, &source, &diag), TS_NOT_FOUND);
    cr_assert_eq(ts_source_tick_file(folder, 1, &source, &diag), TS_INVALID);
    cr_assert_eq(write_ticks(in_folder("none.ticks"), 0, &diag), TS_OK);
    cr_assert_eq(ts_source_tick_file(in_folder("none.ticks"), 1, &source, &diag), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "no tick"));
    cr_assert_null(source);
}

Test(tick_file, a_full_disk_is_no_space_and_leaves_no_file)
{
    struct ts_diag diag;
    static const size_t rooms[] = {0, 1, 79, 80, 65000, 100000};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        disk_room_bytes = rooms[i];
        ts_err err = write_ticks(in_folder("a.ticks"), 1001, &diag);
        disk_room_bytes = SIZE_MAX;
        cr_assert_eq(err, TS_NO_SPACE, "room %zu: %s", rooms[i], ts_err_name(err));
        cr_assert_eq(count_files(0), 0, "room %zu", rooms[i]);
    }
    fsync_fails = true;
    ts_err err = write_ticks(in_folder("a.ticks"), 4, &diag);
    fsync_fails = false;
    cr_assert_eq(err, TS_NO_SPACE);
    cr_assert_eq(count_files(0), 0);
}

Test(tick_file, the_old_file_stays_until_the_new_one_is_whole)
{
    struct ts_diag diag;
    const char *path = in_folder("a.ticks");
    cr_assert_eq(write_ticks(path, 4, &diag), TS_OK);
    struct ts_tick_writer *writer = NULL;
    cr_assert_eq(ts_tick_writer_create(path, &writer, &diag), TS_OK);
    cr_assert_eq(count_files(0), 2);
    struct ts_source *source = NULL;
    cr_assert_eq(ts_source_tick_file(path, 1, &source, &diag), TS_OK, "the old file is gone early");
    ts_source_close(source);
    ts_tick_writer_discard(writer);
    cr_assert_eq(count_files(0), 1);
    cr_assert_eq(ts_source_tick_file(path, 1, &source, &diag), TS_OK);
    ts_source_close(source);
    /* No rename onto a folder: an error, and nothing is left behind. */
    cr_assert_eq(write_ticks(folder, 4, &diag), TS_IO);
    cr_assert_eq(write_ticks("/nonexistent/a.ticks", 4, &diag), TS_NOT_FOUND);
    ts_tick_writer_discard(NULL);
}
