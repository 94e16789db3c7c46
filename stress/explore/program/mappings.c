#include "explore/program/mappings.h"

#include "explore/core/sys.h"

#include <fcntl.h>
#include <sys/mman.h>

/* The characters of a file, one after the other. */
struct reader {
    int file;
    long size, at;
    char text[4096];
};

/* -1: there are no more. */
static int next(struct reader *reader)
{
    if (reader->at >= reader->size) {
        reader->at = 0;
        reader->size = ts_sys4(SYS_read, reader->file, (long)(uintptr_t)reader->text, sizeof reader->text, 0);
    }
    return reader->at < reader->size ? (unsigned char)reader->text[reader->at++] : -1;
}

/* Digits up to the first character that is none, which is read, too, and left in *end. */
static uint64_t number(struct reader *reader, unsigned base, int *end)
{
    uint64_t value = 0;
    for (;;) {
        int c = next(reader);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : base;
        if (digit >= base) {
            *end = c;
            return value;
        }
        value = value * base + digit;
    }
}

/* A line of Documentation/filesystems/proc.rst: 7f00-7f10 rw-p 00000000 08:02 1234  name */
static bool read_line(struct reader *reader, struct ts_mapping *mapping)
{
    int c = 0;
    mapping->begin = number(reader, 16, &c);
    if (c != '-') {
        return false;
    }
    mapping->end = number(reader, 16, &c);
    mapping->rights = next(reader) == 'r' ? PROT_READ : 0;
    mapping->rights |= next(reader) == 'w' ? PROT_WRITE : 0;
    mapping->rights |= next(reader) == 'x' ? PROT_EXEC : 0;
    mapping->shared = next(reader) == 's';
    (void)next(reader);
    mapping->offset = number(reader, 16, &c);
    (void)number(reader, 16, &c);
    (void)number(reader, 16, &c);
    mapping->file = number(reader, 10, &c);
    while (c != '\n' && c != -1) {
        c = next(reader);
    }
    return c == '\n';
}

bool ts_mappings_read(struct ts_mappings *mappings)
{
    struct reader reader = {.file = (int)ts_sys4(SYS_openat, AT_FDCWD, (long)(uintptr_t)"/proc/self/maps",
                                                 O_RDONLY | O_CLOEXEC, 0)};
    bool room = true;
    mappings->count = 0;
    while (reader.file >= 0 && room && read_line(&reader, &mappings->mapping[mappings->count])) {
        mappings->count++;
        room = mappings->count < TS_MAPPINGS_MAX;
    }
    ts_sys4(SYS_close, reader.file, 0, 0, 0);
    return room && mappings->count > 0;
}

bool ts_mapping_is_own(const struct ts_mapping *mapping)
{
    return !mapping->shared && (mapping->rights & PROT_WRITE) != 0;
}

static bool is_same(const struct ts_mapping *a, const struct ts_mapping *b)
{
    return a->shared == b->shared && a->file == b->file &&
           (a->file == 0 || a->begin - a->offset == b->begin - b->offset);
}

/* The piece [begin, end) that lies in `wanted`, `now`, or both; NULL: not. */
static bool restore_piece(uint64_t begin, uint64_t end, const struct ts_mapping *wanted,
                          const struct ts_mapping *now)
{
    long size = (long)(end - begin);
    if (wanted == NULL) {
        return ts_sys4(SYS_munmap, (long)begin, size, 0, 0) == 0;
    }
    if (now != NULL && is_same(wanted, now)) {
        return wanted->rights == now->rights ||
               ts_sys4(SYS_mprotect, (long)begin, size, wanted->rights, 0) == 0;
    }
    if (wanted->file != 0 || wanted->shared) {
        return false;
    }
    return ts_sys6(SYS_mmap, (long)begin, size, wanted->rights,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == (long)begin;
}

bool ts_mappings_restore(const struct ts_mappings *wanted, const struct ts_mappings *now)
{
    size_t w = 0, n = 0;
    uint64_t at = 0;
    for (;;) {
        const struct ts_mapping *a = w < wanted->count ? &wanted->mapping[w] : NULL;
        const struct ts_mapping *b = n < now->count ? &now->mapping[n] : NULL;
        if (a != NULL && a->end <= at) {
            w++;
            continue;
        }
        if (b != NULL && b->end <= at) {
            n++;
            continue;
        }
        if (a == NULL && b == NULL) {
            return true;
        }
        /* The next piece begins where one of them does, and ends where one of them begins or ends. */
        uint64_t a_begin = a != NULL ? a->begin : UINT64_MAX, b_begin = b != NULL ? b->begin : UINT64_MAX;
        uint64_t first = a_begin < b_begin ? a_begin : b_begin;
        at = at > first ? at : first;
        uint64_t a_next = a == NULL ? UINT64_MAX : at < a->begin ? a->begin : a->end;
        uint64_t b_next = b == NULL ? UINT64_MAX : at < b->begin ? b->begin : b->end;
        uint64_t end = a_next < b_next ? a_next : b_next;
        if (!restore_piece(at, end, a_begin <= at ? a : NULL, b_begin <= at ? b : NULL)) {
            return false;
        }
        at = end;
    }
}
