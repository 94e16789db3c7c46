#include "supervisor/machine.h"

#include "supervisor/snapshot.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of the first line "key<blanks><separator>value" of a file, without quotes. */
static void read_value(const char *path, const char *key, char separator, char *value, size_t size)
{
    char line[512];
    snprintf(value, size, "unknown");
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(key);
        size_t after = length + strspn(line + (strncmp(line, key, length) == 0 ? length : 0), " \t");
        if (strncmp(line, key, length) != 0 || line[after] != separator) {
            continue;
        }
        const char *start = line + after + 1 + strspn(line + after + 1, " \t\"");
        ts_snapshot_text(value, size, start, strcspn(start, "\"\n"));
        break;
    }
    fclose(file);
}

void ts_machine_describe(struct ts_machine *machine)
{
    struct utsname names;
    memset(machine, 0, sizeof *machine);
    read_value("/proc/cpuinfo", "model name", ':', machine->cpu, sizeof machine->cpu);
    read_value("/etc/os-release", "PRETTY_NAME", '=', machine->os, sizeof machine->os);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    machine->cores = cores > 0 ? cores : 0;
    machine->memory_bytes = pages > 0 && page_bytes > 0 ? (int64_t)pages * page_bytes : 0;
    if (uname(&names) == 0) {
        snprintf(machine->kernel, sizeof machine->kernel, "%.40s %.80s", names.sysname, names.release);
    } else {
        snprintf(machine->kernel, sizeof machine->kernel, "unknown");
    }
}

static const struct ts_source_state nobody_knows = {"unknown", false, ""};
static const struct ts_source_state *source = &nobody_knows;

void ts_build_is(const struct ts_source_state *state)
{
    source = state;
}

const struct ts_source_state *ts_build_source(void)
{
    return source;
}

const char *ts_build_toolchain(void)
{
    return "clang " __clang_version__;
}
