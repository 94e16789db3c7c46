#include "faults/handler.h"

#include "base/random.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define IMAGES_MAX    4 /* of code with sites: the program and the libraries it loads */
#define CHILD_NAMES   16
#define NO_RULE       UINT16_MAX
#define SALT_DELAY    UINT64_C(0x64656c6179)
#define PAUSE_STEP_NS 20000
#define NS_PER_S      1000000000
#define HOST_NAME     "host"
#define FOREIGN_NAME  "foreign"

struct child_count {
    uint64_t name;
    uint64_t count;
};

struct thread_state {
    uint64_t lineage; /* 0: not yet known */
    uint64_t epoch;   /* of the arming that the counts belong to */
    char name[TS_FAULT_THREAD_SIZE];
    struct ts_fault_thread *row; /* NULL: none left */
    uint64_t visits[TS_PROBE_COUNT];
    uint32_t fired[TS_FAULT_RULES_MAX];
    uint64_t calls[TS_FAULT_RULES_MAX]; /* visits from the caller of a rule that names one */
    struct child_count children[CHILD_NAMES];
};

/* Written by ts_faults_arm, while no other thread runs. */
static struct {
    struct ts_fault_spec spec;
    uint64_t seed, epoch;
    struct ts_fault_log *log;
    bool watched[TS_PROBE_COUNT];      /* has rules, or is waited for */
    uint16_t first[TS_PROBE_COUNT];    /* rule, or NO_RULE */
    uint16_t next[TS_FAULT_RULES_MAX]; /* rule of the same point, or NO_RULE */
    uint64_t keys[TS_PROBE_COUNT];
    uint64_t rule_keys[TS_FAULT_RULES_MAX]; /* the point's, and the caller's that the rule names */
} armed;

/* Sites whose state was set, so that a new arming can ask them again. Each thread writes the same there. */
static _Atomic(struct ts_probe_site *) known_sites[TS_PROBE_COUNT][IMAGES_MAX];

static _Atomic uint64_t foreign_threads;

/* The program's own, so it needs no allocation and no lock. */
static _Thread_local struct thread_state self;

static void copy_name(char *target, const char *source)
{
    size_t i = 0;
    for (; source[i] != '\0' && i + 1 < TS_FAULT_THREAD_SIZE; i++) {
        target[i] = source[i];
    }
    target[i] = '\0';
}

static void claim_row(void)
{
    self.row = NULL;
    if (armed.log == NULL) {
        return;
    }
    /* Relaxed: it only hands out indices. */
    uint32_t index = atomic_fetch_add_explicit(&armed.log->threads_claimed, 1, memory_order_relaxed);
    if (index >= TS_FAULT_LOG_THREADS) {
        return;
    }
    self.row = &armed.log->threads[index];
    self.row->lineage = self.lineage;
    copy_name(self.row->name, self.name);
    atomic_store_explicit(&self.row->used, 1, memory_order_release); /* for the process that reads the log */
}

/* Counts of an earlier arming are over. */
static void begin_counts(void)
{
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        self.visits[i] = 0;
    }
    for (uint32_t i = 0; i < TS_FAULT_RULES_MAX; i++) {
        self.fired[i] = 0;
        self.calls[i] = 0;
    }
    for (int i = 0; i < CHILD_NAMES; i++) {
        self.children[i] = (struct child_count){0};
    }
    self.epoch = armed.epoch;
    claim_row();
}

static void become(uint64_t lineage, const char *name)
{
    self.lineage = lineage;
    copy_name(self.name, name);
    begin_counts();
}

/* A thread that nobody named: the main one is known by its id, of others only the order of arrival is. */
static void know_self(void)
{
    if (self.lineage != 0) {
        if (self.epoch != armed.epoch) {
            begin_counts();
        }
        return;
    }
    if (syscall(SYS_gettid) == syscall(SYS_getpid)) {
        become(ts_fault_key(HOST_NAME), HOST_NAME);
        return;
    }
    uint64_t number = atomic_fetch_add_explicit(&foreign_threads, 1, memory_order_relaxed); /* a number */
    become(ts_seed_mix(ts_fault_key(FOREIGN_NAME), number), FOREIGN_NAME);
}

void ts_faults_name_thread(const char *name)
{
    become(ts_fault_key(name), name);
}

uint64_t ts_probe_handler_child(const char *name)
{
    know_self();
    uint64_t key = ts_fault_key(name);
    int slot = 0;
    while (slot < CHILD_NAMES - 1 && self.children[slot].name != key && self.children[slot].count != 0) {
        slot++;
    }
    self.children[slot].name = key;
    return ts_seed_mix(self.lineage ^ key, self.children[slot].count++);
}

void ts_probe_handler_begin(uint64_t lineage, const char *name)
{
    become(lineage != 0 ? lineage : ts_fault_key(name), name);
    ts_process_faults_place(&armed.spec.process, self.lineage);
}

static void remember_site(int point, struct ts_probe_site *site)
{
    for (int i = 0; i < IMAGES_MAX; i++) {
        struct ts_probe_site *there = NULL;
        /* Relaxed: a site's address is constant, and is read again only when no other thread runs. */
        if (atomic_compare_exchange_strong_explicit(&known_sites[point][i], &there, site,
                                                    memory_order_relaxed, memory_order_relaxed) ||
            there == site) {
            return;
        }
    }
}

/* The site's point, or -1 when it is idle. A site's state is ARMED plus its point, so that it is looked up
 * once. */
static int point_of(struct ts_probe_site *site)
{
    uint32_t state = atomic_load_explicit(&site->state, memory_order_relaxed); /* probe.h, Order */
    if (state >= TS_PROBE_ARMED) {
        return (int)(state - TS_PROBE_ARMED);
    }
    int point = ts_fault_point_find(site->name);
    if (point >= 0) {
        remember_site(point, site);
    }
    bool watched = point >= 0 && armed.watched[point];
    atomic_store_explicit(&site->state, watched ? TS_PROBE_ARMED + (uint32_t)point : TS_PROBE_IDLE,
                          memory_order_relaxed);
    return watched ? point : -1;
}

static bool called_from(const struct ts_fault_rule *rule, uint64_t caller)
{
    for (uint32_t i = 0; i < rule->place_count; i++) {
        if (caller >= rule->places[i].first && caller <= rule->places[i].last) {
            return true;
        }
    }
    return false;
}

bool (*ts_faults_choose)(const void *place);

static bool fires(uint16_t number, uint64_t visit, const void *place)
{
    const struct ts_fault_rule *rule = &armed.spec.rules[number];
    if (rule->nth != 0 && (rule->onwards ? visit < rule->nth : visit != rule->nth)) {
        return false;
    }
    if (rule->limit != 0 && self.fired[number] >= rule->limit) {
        return false;
    }
    if (rule->thread[0] != '\0' && !ts_fault_glob(rule->thread, self.name)) {
        return false;
    }
    if (rule->chance_ppm < TS_FAULT_ALWAYS_PPM && ts_faults_choose != NULL) {
        if (!ts_faults_choose(place)) {
            return false;
        }
    } else if (rule->chance_ppm < TS_FAULT_ALWAYS_PPM) {
        uint64_t word = ts_seed_mix(armed.seed ^ self.lineage, armed.rule_keys[number] + visit);
        /* Not the rule's number: without the rules before it, a rule must fire where it fired with them. */
        word = ts_seed_mix(word, (uint64_t)rule->action);
        if ((uint64_t)(((unsigned __int128)word * TS_FAULT_ALWAYS_PPM) >> 64) >= rule->chance_ppm) {
            return false;
        }
    }
    self.fired[number]++;
    return true;
}

static void spin(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#else
        __asm__ volatile("");
#endif
    }
}

static void yield(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        sched_yield();
    }
}

static void sleep_ns(uint64_t ns)
{
    struct timespec time = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    nanosleep(&time, NULL);
}

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* Three tiers: a few instructions of another thread, one turn of the scheduler, many of them. */
static void delay(uint64_t word)
{
    uint64_t size = ts_hash64(word + SALT_DELAY);
    switch (word % 3) {
    case 0:
        spin(1 + size % 2000);
        break;
    case 1:
        yield(1 + size % 8);
        break;
    default:
        sleep_ns(1000 * (1 + size % 1000));
        break;
    }
}

static void pause_until(uint16_t point, uint64_t limit_ns)
{
    uint64_t deadline_ns = now_ns() + limit_ns;
    uint64_t before = ts_fault_log_reached(armed.log, point);
    while (ts_fault_log_reached(armed.log, point) == before && now_ns() < deadline_ns) {
        sleep_ns(PAUSE_STEP_NS);
    }
}

/* As from outside: nothing is flushed, freed or said, but on the board. */
static void kill_process(uint16_t point)
{
    atomic_store_explicit(&armed.log->killed_at, point + 1u, memory_order_release); /* for the supervisor */
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static void act(const struct ts_fault_rule *rule, uint64_t word)
{
    switch (rule->action) {
    case TS_FAULT_SPIN:
        spin(rule->amount);
        break;
    case TS_FAULT_YIELD:
        yield(rule->amount);
        break;
    case TS_FAULT_SLEEP:
        sleep_ns(rule->amount);
        break;
    case TS_FAULT_DELAY:
        delay(word);
        break;
    case TS_FAULT_PAUSE:
        pause_until(rule->until, rule->amount);
        break;
    case TS_FAULT_KILL:
        kill_process(rule->point);
        break;
    default:
        break;
    }
}

static void note(int point, uint64_t visit, bool fired, bool fails)
{
    /* Relaxed: counts. A row is written by this thread only. */
    if (self.row == NULL) {
        atomic_fetch_add_explicit(&armed.log->rest_reached[point], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&armed.log->rest_fired[point], fired, memory_order_relaxed);
        atomic_fetch_add_explicit(&armed.log->rest_failed[point], fails, memory_order_relaxed);
        return;
    }
    struct ts_fault_decisions *decisions = &self.row->points[point];
    atomic_store_explicit(&decisions->visits, (uint32_t)visit, memory_order_relaxed);
    if (!fired) {
        return;
    }
    uint32_t firings = atomic_load_explicit(&decisions->firings, memory_order_relaxed);
    uint32_t failures = atomic_load_explicit(&decisions->failures, memory_order_relaxed);
    atomic_store_explicit(&decisions->firings, firings + 1, memory_order_relaxed);
    atomic_store_explicit(&decisions->failures, failures + fails, memory_order_relaxed);
    if (visit <= TS_FAULT_LOG_VISITS) {
        uint64_t bits = atomic_load_explicit(&decisions->fired, memory_order_relaxed);
        atomic_store_explicit(&decisions->fired, bits | UINT64_C(1) << (visit - 1), memory_order_relaxed);
    }
}

/* Who called, and in rows of this thread only. */
static void note_call(int point, uint64_t caller, bool fired)
{
    if (self.row == NULL || caller == 0) {
        return;
    }
    uint64_t key = ts_fault_call_key(point, caller);
    struct ts_fault_call *calls = self.row->calls;
    for (int i = 0; i < TS_FAULT_LOG_CALLS; i++) {
        uint64_t there = atomic_load_explicit(&calls[i].key, memory_order_relaxed); /* as in note */
        if (there != 0 && there != key) {
            continue;
        }
        uint32_t visits = atomic_load_explicit(&calls[i].visits, memory_order_relaxed);
        uint32_t firings = atomic_load_explicit(&calls[i].firings, memory_order_relaxed);
        atomic_store_explicit(&calls[i].visits, visits + 1, memory_order_relaxed);
        atomic_store_explicit(&calls[i].firings, firings + fired, memory_order_relaxed);
        atomic_store_explicit(&calls[i].key, key, memory_order_relaxed);
        return;
    }
    uint32_t lost = atomic_load_explicit(&self.row->calls_lost, memory_order_relaxed);
    atomic_store_explicit(&self.row->calls_lost, lost + 1, memory_order_relaxed);
}

/* The first rule that fires; those after it still count who came. */
static uint16_t choose_rule(int point, uint64_t visit, uint64_t caller, const void *place)
{
    uint16_t chosen = NO_RULE;
    for (uint16_t rule = armed.first[point]; rule != NO_RULE; rule = armed.next[rule]) {
        uint64_t own = visit;
        if (armed.spec.rules[rule].caller[0] != '\0') {
            if (!called_from(&armed.spec.rules[rule], caller)) {
                continue;
            }
            own = ++self.calls[rule];
        }
        if (chosen == NO_RULE && fires(rule, own, place)) {
            chosen = rule;
        }
    }
    return chosen;
}

bool ts_probe_handler(struct ts_probe_site *site, const void *place)
{
    return ts_probe_handler_called(site, 0, place);
}

bool ts_probe_handler_called(struct ts_probe_site *site, uint64_t caller, const void *place)
{
    int point = point_of(site);
    if (point < 0) {
        return false;
    }
    int error = errno;
    know_self();
    uint64_t visit = ++self.visits[point];
    uint16_t rule = choose_rule(point, visit, caller, place);
    bool fails = rule != NO_RULE && armed.spec.rules[rule].action == TS_FAULT_RETURN;
    note(point, visit, rule != NO_RULE, fails);
    note_call(point, caller, rule != NO_RULE);
    if (rule == NO_RULE) {
        errno = error;
        return false;
    }
    act(&armed.spec.rules[rule], ts_seed_mix(armed.seed ^ self.lineage, armed.keys[point] + visit));
    errno = error;
    return fails;
}

void ts_faults_arm(const struct ts_fault_spec *spec, uint64_t seed, struct ts_fault_log *log)
{
    armed.spec = *spec;
    armed.seed = ts_hash64(seed);
    armed.epoch++;
    armed.log = log;
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        armed.first[i] = NO_RULE;
        armed.watched[i] = false;
        armed.keys[i] = ts_fault_key(ts_fault_points[i].name);
    }
    for (uint32_t i = spec->rule_count; i > 0; i--) {
        const struct ts_fault_rule *rule = &spec->rules[i - 1];
        armed.rule_keys[i - 1] = armed.keys[rule->point];
        if (rule->caller[0] != '\0') {
            armed.rule_keys[i - 1] ^= ts_fault_key(rule->caller);
        }
        if (!ts_fault_in_swarm(spec, rule->point, seed)) {
            continue;
        }
        if (rule->action != TS_FAULT_COUNT) { /* which never stands before another rule */
            armed.next[i - 1] = armed.first[rule->point];
            armed.first[rule->point] = (uint16_t)(i - 1);
        }
        armed.watched[rule->point] = true;
        log->armed[rule->point] = 1;
        if (rule->action == TS_FAULT_PAUSE) {
            armed.watched[rule->until] = true;
        }
    }
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        for (int j = 0; j < IMAGES_MAX; j++) {
            struct ts_probe_site *site = atomic_load_explicit(&known_sites[i][j], memory_order_relaxed);
            if (site != NULL) {
                atomic_store_explicit(&site->state, TS_PROBE_NEW, memory_order_relaxed);
            }
        }
    }
    know_self();
}
