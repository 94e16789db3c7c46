#include "host/plugin.h"

#include "base/probe.h"
#include "wingchun.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    const char *name;
    size_t offset; /* of the pointer in struct ts_plugin */
    bool mandatory;
};

static const struct symbol symbols[] = {
    {"signal_create", offsetof(struct ts_plugin, create), true},
    {"signal_on_data", offsetof(struct ts_plugin, on_data), true},
    {"signal_register_callback", offsetof(struct ts_plugin, register_callback), false},
    {"signal_poll_callbacks", offsetof(struct ts_plugin, poll_callbacks), false},
    {"signal_destroy", offsetof(struct ts_plugin, destroy), false},
    {"signal_abi", offsetof(struct ts_plugin, abi), false},
    {"signal_offer", offsetof(struct ts_plugin, offer), false},
    {"signal_stats", offsetof(struct ts_plugin, stats), false},
    {"signal_close", offsetof(struct ts_plugin, close), false},
    {"signal_wake_fd", offsetof(struct ts_plugin, wake_fd), false},
    {"signal_arm", offsetof(struct ts_plugin, arm), false},
    {"signal_lock", offsetof(struct ts_plugin, lock), false},
    {"signal_unlock", offsetof(struct ts_plugin, unlock), false},
    {"signal_last_error", offsetof(struct ts_plugin, last_error), false},
};

static ts_err resolve(struct ts_plugin *plugin, const char *path, struct ts_diag *diag)
{
    char mandatory[96] = "";
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *address = dlsym(plugin->library, symbols[i].name);
        memcpy((char *)plugin + symbols[i].offset, &address, sizeof address);
        if (address != NULL) {
            continue;
        }
        char *list = symbols[i].mandatory ? mandatory : plugin->missing;
        size_t size = symbols[i].mandatory ? sizeof mandatory : sizeof plugin->missing;
        size_t used = strlen(list);
        snprintf(list + used, size - used, "%s%s", used > 0 ? " " : "", symbols[i].name);
    }
    if (mandatory[0] != '\0') {
        return ts_fail(diag, TS_NOT_FOUND, "load signal library", path, "no symbol %s in it", mandatory);
    }
    return TS_OK;
}

static ts_err compare_size(const char *what, uint32_t theirs, size_t ours, const char *path,
                           struct ts_diag *diag)
{
    if (theirs == ours) {
        return TS_OK;
    }
    return ts_fail(diag, TS_MISMATCH, "load signal library", path, "its %s has %u bytes, the host's %zu",
                   what, theirs, ours);
}

/* A library without signal_abi is an old one: it is taken at its word, and the symbol is listed as missing.
 */
static ts_err shake_hands(const struct ts_plugin *plugin, const char *path, struct ts_diag *diag)
{
    struct signal_abi abi = {.struct_size = sizeof abi};
    if (plugin->abi == NULL) {
        return TS_OK;
    }
    if (plugin->abi(&abi) != SIGNAL_OK || abi.version != SIGNAL_ABI_VERSION) {
        return ts_fail(diag, TS_MISMATCH, "load signal library", path, "its ABI is version %u, the host's %u",
                       abi.version, SIGNAL_ABI_VERSION);
    }
    ts_err error = compare_size("Depth", abi.depth_size, sizeof(struct wingchun_depth), path, diag);
    if (error == TS_OK) {
        error = compare_size("Ticker", abi.ticker_size, sizeof(struct wingchun_ticker), path, diag);
    }
    if (error == TS_OK) {
        error = compare_size("Trade", abi.trade_size, sizeof(struct wingchun_trade), path, diag);
    }
    if (error == TS_OK) {
        error =
            compare_size("IndexPrice", abi.index_price_size, sizeof(struct wingchun_index_price), path, diag);
    }
    if (error == TS_OK) {
        error = compare_size("signal_stats", abi.stats_size, sizeof(struct signal_stats), path, diag);
    }
    return error;
}

ts_err ts_plugin_load(const char *path, struct ts_plugin *plugin, struct ts_diag *diag)
{
    memset(plugin, 0, sizeof *plugin);
    if (path == NULL) {
        path = getenv("SIGNAL_LIB_PATH");
    }
    if (path == NULL || path[0] == '\0') {
        return ts_fail(diag, TS_INVALID, "load signal library", NULL,
                       "no path given and SIGNAL_LIB_PATH is not set");
    }
    plugin->library = TS_PROBE(PLUGIN_LOAD_FAIL) ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (plugin->library == NULL) {
        const char *why = dlerror();
        return ts_fail(diag, TS_NOT_FOUND, "load signal library", path, "%s",
                       why != NULL ? why : "dlopen failed");
    }
    TS_PROBE_PAUSE(PLUGIN_LOAD_OPENED);
    ts_err error = resolve(plugin, path, diag);
    if (error == TS_OK) {
        error = shake_hands(plugin, path, diag);
    }
    if (error != TS_OK) {
        ts_plugin_unload(plugin);
    }
    return error;
}

void ts_plugin_unload(struct ts_plugin *plugin)
{
    if (plugin->library != NULL) {
        TS_PROBE_PAUSE(PLUGIN_UNLOAD_ENTER);
        dlclose(plugin->library);
        plugin->library = NULL;
    }
}
