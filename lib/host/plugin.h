/*
 * Loader of signal libraries.
 *
 * Only signal_create and signal_on_data are mandatory. Every other symbol that a library lacks is reported to
 * the caller, never skipped in silence: without signal_poll_callbacks nothing is ever delivered in queued
 * mode.
 *
 * Threads: load and unload by one thread. The functions follow signal_api.h.
 * Ownership: the plugin stays loaded until unload. It is opened with RTLD_NODELETE: its code is never
 * unmapped under a thread of its own. Errors: TS_NOT_FOUND (no such file, a mandatory symbol missing),
 * TS_MISMATCH (another ABI version or struct size), TS_INVALID (no path given and SIGNAL_LIB_PATH unset).
 */
#ifndef TS_HOST_PLUGIN_H
#define TS_HOST_PLUGIN_H

#include "base/err.h"
#include "signal_api.h"

struct ts_plugin {
    void *library;
    char missing[256]; /* names of the optional symbols that are not there, separated by spaces; "" when
                          complete */
    void *(*create)(const char *config_json);
    void (*register_callback)(void *handle, signal_callback callback, void *user_data);
    void (*on_data)(void *handle, int type, const void *data);
    int (*poll_callbacks)(void *handle);
    void (*destroy)(void *handle);
    int (*abi)(struct signal_abi *abi);
    int (*offer)(void *handle, int type, const void *data, uint32_t size);
    int (*stats)(void *handle, struct signal_stats *stats);
    int (*close)(void *handle, struct signal_stats *final);
    int (*wake_fd)(void *handle);
    int (*arm)(void *handle);
    int (*lock)(void *handle);
    int (*unlock)(void *handle);
    const char *(*last_error)(void *handle);
};

/* path: NULL for the environment's SIGNAL_LIB_PATH. On error nothing stays loaded. */
ts_err ts_plugin_load(const char *path, struct ts_plugin *plugin, struct ts_diag *diag);
void ts_plugin_unload(struct ts_plugin *plugin);

#endif
