/*
 * What ThreadSanitizer wrote, without what no schedule decides: addresses, process and thread ids.
 *
 * Threads: pure function. Ownership: the caller frees the text.
 */
#ifndef TS_CLI_MASKED_REPORTS_H
#define TS_CLI_MASKED_REPORTS_H

/* The reports within a program's output, each digit of those numbers gone. NULL: no memory. */
char *ts_masked_reports(const char *output);

#endif
