#include "scenario/thread_count.h"

#include <stdio.h>

uint32_t ts_thread_count(void)
{
    char line[128];
    unsigned threads = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && threads == 0 && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Threads: %u", &threads) != 1) {
            threads = 0;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return threads;
}
