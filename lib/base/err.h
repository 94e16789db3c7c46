/*
 * Errors and diagnostics.
 *
 * One enum serves the whole project, because an error crosses layers more often than it is born in one. What
 * the world can do wrong (a bad file, a full disk, a library without a symbol) is an error and is returned;
 * what only a bug of ours can do trips TS_ASSERT, which stays on in every build.
 *
 * Hot paths return a bare ts_err. Cold paths also fill a struct ts_diag: the code, the operation that failed,
 * the subject it failed on (a file, a key, a symbol) and a text for a person. A caller that knows more
 * prepends its context with ts_diag_context; nothing is swallowed on the way up.
 *
 * Threads: a ts_diag belongs to its caller; the functions keep no state.
 * Errors: formatting never fails; text that does not fit is cut.
 */
#ifndef TS_BASE_ERR_H
#define TS_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

typedef enum ts_err {
    TS_OK = 0,
    TS_EMPTY,     /* nothing to take now; not a failure */
    TS_FULL,      /* no room now; not a failure */
    TS_END,       /* the source has ended; not a failure */
    TS_LAGGED,    /* a slow consumer was evicted and lost items; it goes on from the oldest kept */
    TS_CLOSED,    /* the object was stopped while the call waited */
    TS_INVALID,   /* an argument or a value out of its domain */
    TS_UNKNOWN,   /* a name that nobody knows */
    TS_MALFORMED, /* input that does not parse; the diag names the place */
    TS_TRUNCATED, /* input that ends too early */
    TS_NOT_FOUND, /* a file, library, symbol or tool that is not there */
    TS_MISMATCH,  /* versions or sizes that differ */
    TS_LIMIT,     /* a documented bound would be passed */
    TS_NO_MEMORY,
    TS_NO_SPACE, /* disk full */
    TS_IO,       /* any other failure of the operating system; the diag has errno's text */
    TS_TIMEOUT,
    TS_DEADLOCK,     /* the call would wait for its own caller; refused */
    TS_WRONG_THREAD, /* the thread contract forbids this call here */
    TS_ENVIRONMENT,  /* the machine lacks what the run needs */
    TS_ERR_COUNT
} ts_err;

struct ts_diag {
    ts_err code;
    char operation[48];
    char subject[128];
    char text[256];
};

/* The enumerator's name in lower case with dashes, "no-memory"; "unknown-error" for a value out of range. */
const char *ts_err_name(ts_err code);

/* Fills *diag (ignored when NULL) and returns code, so that a failure is one statement. */
ts_err ts_fail(struct ts_diag *diag, ts_err code, const char *operation, const char *subject,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* As ts_fail for a failed system call: appends errno's text and maps ENOMEM, ENOSPC, EDQUOT, ENOENT to their
 * codes. */
ts_err ts_fail_errno(struct ts_diag *diag, int error_number, const char *operation, const char *subject);

/* Prepends "context: " to the text. */
void ts_diag_context(struct ts_diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "operation: subject: text" on one line, without newline. Returns line. */
const char *ts_diag_line(const struct ts_diag *diag, char *line, size_t size);

/* Prints what was broken and aborts. Never returns. */
_Noreturn void ts_assert_failed(const char *expression, const char *file, int line, const char *function);

#define TS_ASSERT(expression)                                                                                \
    ((expression) ? (void)0 : ts_assert_failed(#expression, __FILE__, __LINE__, __func__))

#endif
