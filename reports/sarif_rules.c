#include "reports/sarif_rules.h"

#include <string.h>

struct rule {
    const char *id;
    const char *name;
    const char *brief;
    const char *full;
    const char *help;
};

static const struct rule rules[] = {
    {"race", "DataRace", "Two threads access the same memory without order.",
     "Two threads access the same memory, at least one of them writes, and nothing orders the accesses.",
     "Find the two access stacks. Protect both sides with one lock, hand the data over through a queue, or "
     "publish "
     "it with a release store that an acquire load reads."},
    {"memory-error", "MemoryError", "Memory is used outside of its life or its bounds.",
     "An access reached memory that was freed, not yet made, or beyond its bounds.",
     "Compare the access, allocation and free stacks. When a callback outlives its object, wait for "
     "callbacks in "
     "flight before the object is destroyed."},
    {"leak", "MemoryLeak", "Memory was never freed.",
     "A block was still allocated and unreachable at the end.",
     "Free the block on the path that the allocation stack shows, also when that path fails."},
    {"undefined", "UndefinedBehaviour", "The language does not define what this does.",
     "The code did something that C leaves undefined, and the compiler may assume that it never happens.",
     "Read the detector's words at the reported line and mend the arithmetic, the cast or the pointer."},
    {"deadlock", "LockOrderInversion", "Locks are taken in contradicting orders.",
     "Threads take the same locks in orders that contradict each other, so they can wait for each other for "
     "ever.",
     "Choose one order for the locks and keep it on all paths, and call callbacks without holding a lock."},
    {"hang", "ProcessHang", "The process stopped making progress.",
     "No thread made progress within the time that the scenario allows.",
     "Look at the waiting stacks: what is waited for, and who should have woken the waiter."},
    {"crash", "ProcessCrash", "The process died.", "The process was ended by a signal or by its runtime.",
     "Start at the crash stack and repeat the life with the command in the message."},
    {"invariant", "InvariantViolation", "A property that the scenario promises did not hold.",
     "The scenario checks properties of its results, and one of them did not hold in this life.",
     "Repeat the life with the command in the message and follow the values that the detail names."},
    {"other", "OtherFinding", "A detector reported something of another kind.",
     "A detector reported something that has no rule of its own.",
     "Read the detector's words in the message and its stacks."},
};

static const struct rule notices[] = {
    {"preflight", "PreflightCheck", "The machine lacks what the run needs.",
     "A check of the machine failed before the run, so that the run cannot be judged.",
     "Do what the message says, then run again."},
    {"cell", "CellState", "A cell cannot be counted on.",
     "A cell did not run, missed the outcome it requires, or had one that no finding explains.",
     "Repeat the cell with its command from the gate's report and read its log."},
    {"baseline", "BaselineEntry", "A baseline entry needs its owner.",
     "A baseline entry is expired, or was matched by no finding of this run.",
     "Mend the finding and remove the entry, or renew it with a new reason."},
};

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

int ts_sarif_rule_of(const char *kind)
{
    int index = 0;
    while (index < RULE_COUNT - 1 && strcmp(rules[index].id, kind) != 0) {
        index++;
    }
    return index;
}

const char *ts_sarif_rule_id(int index)
{
    return rules[index].id;
}

static json_t *descriptors_of(const struct rule *table, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        const struct rule *rule = &table[i];
        json_t *descriptor = json_pack(
            "{s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:{s:s}}, s:{s:s}, s:{s:[s,s,s], s:s, s:s}}", "id",
            rule->id, "name", rule->name, "shortDescription", "text", rule->brief, "fullDescription", "text",
            rule->full, "help", "text", rule->help, "messageStrings", "default", "text", "'{0}': {1}.",
            "defaultConfiguration", "level", "error", "properties", "tags", "correctness", "concurrency",
            rule->id, "precision", "high", "problem.severity", "error");
        if (descriptor == NULL || json_array_append_new(list, descriptor) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *ts_sarif_rules(void)
{
    return descriptors_of(rules, RULE_COUNT);
}

json_t *ts_sarif_notices(void)
{
    return descriptors_of(notices, sizeof notices / sizeof notices[0]);
}
