/* For programs whose malloc is a sanitizer's. */
#include "bench/allocations.h"

uint64_t ts_bench_allocations(void)
{
    return 0;
}
