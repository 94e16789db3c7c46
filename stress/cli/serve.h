/*
 * tickstorm report --serve: the history as pages (reports/site.h), for a browser on this machine.
 *
 * Listens on the loopback address alone and takes requests that name it so (another name would be a page from
 * elsewhere that had its name point here), GET and HEAD only. Every answer forbids scripts, frames and
 * anything from elsewhere.
 *
 * Threads: one, the caller's: requests are answered one after the other. Ownership: its own. Progress: until
 * SIGINT or SIGTERM. Errors: an exit code other than 0 after one line on stderr.
 */
#ifndef TS_CLI_SERVE_H
#define TS_CLI_SERVE_H

#include <stdbool.h>

/* Whether --serve is among the arguments. */
bool ts_serve_is_wanted(int count, char **arguments);

/* The arguments of `report`, with --serve. */
int ts_serve(int count, char **arguments);

#endif
