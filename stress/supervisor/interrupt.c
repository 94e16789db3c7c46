#include "supervisor/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t interrupts;

static void count_interrupt(int number)
{
    (void)number;
    if (interrupts < 2) {
        interrupts = interrupts + 1;
    }
}

void ts_interrupt_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_interrupt;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* a closed terminal ends a run as Ctrl-C does */
}

int ts_interrupt_count(void)
{
    return interrupts;
}
