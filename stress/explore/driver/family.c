#include "explore/driver/family.h"

#include <stdio.h>
#include <stdlib.h>

static void add_children(struct ts_family *family, pid_t process, pid_t thread)
{
    char path[96];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)process, (int)thread);
    FILE *in = fopen(path, "re");
    while (in != NULL && family->count < TS_FAMILY_MAX && fscanf(in, "%d", &child) == 1) {
        family->members[family->count++] = (struct ts_family_member){.process = child};
    }
    if (in != NULL) {
        fclose(in);
    }
}

static void leave_out(struct ts_family *family, size_t index)
{
    ts_hang_sample_fini(&family->members[index].sample);
    for (family->count--; index < family->count; index++) {
        family->members[index] = family->members[index + 1];
    }
}

/* One that has ended and was not waited for does nothing any more. */
static bool is_there(const struct ts_hang_sample *sample)
{
    return sample->count > 0 && sample->looks[0].state != 'Z' && sample->looks[0].state != 'X';
}

bool ts_family_take(pid_t process, struct ts_family *family)
{
    *family = (struct ts_family){.count = 1, .members = {{.process = process}}};
    for (size_t i = 0; i < family->count;) {
        struct ts_family_member *member = &family->members[i];
        if (ts_hang_sample_take(member->process, &member->sample, NULL) != TS_OK ||
            (i > 0 && !is_there(&member->sample))) {
            leave_out(family, i);
            continue;
        }
        for (size_t k = 0; k < member->sample.count; k++) {
            add_children(family, member->process, member->sample.looks[k].tid);
        }
        i++;
    }
    return family->count > 0 && family->members[0].process == process;
}

const struct ts_hang_sample *ts_family_find(const struct ts_family *family, pid_t process)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->members[i].process == process) {
            return &family->members[i].sample;
        }
    }
    return NULL;
}

void ts_family_fini(struct ts_family *family)
{
    while (family->count > 0) {
        leave_out(family, family->count - 1);
    }
}
