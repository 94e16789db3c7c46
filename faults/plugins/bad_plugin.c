/* A signal library with one defect, chosen when it is compiled (README.md). */
#include "signal_api.h"
#include "wingchun.h"

#include <stddef.h>
#include <stdlib.h>

#ifndef LACKS_CREATE
void *signal_create(const char *config_json)
{
    static int handle;
    (void)config_json;
#ifdef LEAKS
    void *lost = malloc(64);
    __asm__("" : : "r"(lost)); /* or the optimiser would not lose it, but leave it out */
#endif
    return &handle;
}
#endif

#ifndef LACKS_ON_DATA
void signal_on_data(void *handle, int type, const void *data)
{
    (void)handle;
    (void)type;
    (void)data;
}
#endif

void signal_register_callback(void *handle, signal_callback callback, void *user_data)
{
    (void)handle;
    (void)callback;
    (void)user_data;
}

#ifndef LACKS_POLL
int signal_poll_callbacks(void *handle)
{
    (void)handle;
    return 0;
}
#endif

#ifdef WRONG_SIZE
int signal_abi(struct signal_abi *abi)
{
    *abi = (struct signal_abi){.struct_size = sizeof *abi,
                               .version = SIGNAL_ABI_VERSION,
                               .depth_size = 400, /* what a compiler makes of Depth without packing */
                               .ticker_size = sizeof(struct wingchun_ticker),
                               .trade_size = sizeof(struct wingchun_trade),
                               .index_price_size = sizeof(struct wingchun_index_price),
                               .stats_size = sizeof(struct signal_stats)};
    return SIGNAL_OK;
}
#endif

#ifdef WRONG_VERSION
int signal_abi(struct signal_abi *abi)
{
    abi->version = SIGNAL_ABI_VERSION + 1;
    return SIGNAL_OK;
}
#endif
