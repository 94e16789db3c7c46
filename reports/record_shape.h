/*
 * How a line of a record is laid out: which members a JSON object has, and where each goes in a struct. For
 * record_line.c alone; its names are short.
 *
 * Threads, Ownership: tables that never change.
 */
#ifndef TS_REPORTS_RECORD_SHAPE_H
#define TS_REPORTS_RECORD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum member_kind {
    TEXT,    /* const char * */
    COUNT,   /* int64_t, not negative */
    REAL,    /* double */
    FLAG,    /* bool */
    OUTCOME, /* ts_record_outcome, by name */
    COUNTS,  /* struct ts_record_counts, an object of integers */
    OBJECT,  /* a struct of `shape` */
    TEXTS,   /* const char **, their number at count_offset */
    LIST,    /* a pointer to structs of `shape`, their number at count_offset */
    TABLE,   /* a pointer to rows of `columns` int64_t, their number at count_offset; -1 is nothing known */
};

struct member {
    const char *name;
    enum member_kind kind;
    bool optional; /* may be null or absent: then "", TS_RECORD_NONE, NAN, false or empty */
    size_t offset;
    size_t count_offset;
    const struct ts_record_shape *shape;
    size_t columns;
};

struct ts_record_shape {
    const char *name;
    size_t size;
    size_t member_count;
    const struct member *members;
};

#define NEEDED(kind, type, member)   {#member, kind, false, offsetof(struct type, member), 0, NULL, 0}
#define OPTIONAL(kind, type, member) {#member, kind, true, offsetof(struct type, member), 0, NULL, 0}
#define LISTED(type, member, counter, shape)                                                                 \
    {#member, LIST, true, offsetof(struct type, member), offsetof(struct type, counter), shape, 0}
#define TABLED(type, member, counter, row)                                                                   \
    {#member,                                                                                                \
     TABLE,                                                                                                  \
     true,                                                                                                   \
     offsetof(struct type, member),                                                                          \
     offsetof(struct type, counter),                                                                         \
     NULL,                                                                                                   \
     sizeof(struct row) / sizeof(int64_t)}
#define SHAPE(name, type, members)                                                                           \
    {name, sizeof(struct type), sizeof(members) / sizeof((members)[0]), members}

#endif
