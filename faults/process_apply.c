/* The worker's part of process.h. place runs where probes do: nothing instrumented, nothing intercepted. */
#include "faults/process.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS_MAX  1024
#define CPU_WORDS (CPUS_MAX / 64)

/* The processors that the process was given; set once, before other threads start. */
static uint64_t allowed[CPU_WORDS];
static unsigned allowed_count;

static void learn_processors(void)
{
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof allowed, allowed);
    for (int i = 0; bytes > 0 && i < CPUS_MAX; i++) {
        allowed_count += (allowed[i / 64] >> (i % 64)) & 1;
    }
}

/* On the nth of the processors that it was given. */
static void pin_to(unsigned nth)
{
    uint64_t mask[CPU_WORDS];
    for (unsigned i = 0; i < CPU_WORDS; i++) {
        mask[i] = 0; /* an initialiser may become a call */
    }
    for (unsigned i = 0; i < CPUS_MAX; i++) {
        if (((allowed[i / 64] >> (i % 64)) & 1) != 0 && nth-- == 0) {
            mask[i / 64] = UINT64_C(1) << (i % 64);
            (void)syscall(SYS_sched_setaffinity, 0, sizeof mask, mask); /* else it runs where it did */
            return;
        }
    }
}

static void do_nothing(int signal_number)
{
    (void)signal_number;
}

void ts_process_faults_apply(const struct ts_process_faults *faults)
{
    learn_processors();
    if (faults->pin == TS_PIN_ONE || faults->pin == TS_PIN_SPLIT) {
        pin_to(0); /* threads inherit it */
    }
    if (faults->storm_hz > 0) {
        struct sigaction action = {.sa_handler = do_nothing}; /* no SA_RESTART: calls are to be interrupted */
        sigemptyset(&action.sa_mask);
        sigaction(TS_PROCESS_SIGNAL, &action, NULL);
    }
}

void ts_process_faults_place(const struct ts_process_faults *faults, uint64_t lineage)
{
    if (faults->pin == TS_PIN_SPLIT && allowed_count > 1) {
        pin_to(1 + (unsigned)(lineage % (allowed_count - 1)));
    }
}
