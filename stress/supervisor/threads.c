#include "supervisor/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_file(const char *folder, const char *task, const char *name, char *text, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", folder, task, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0) {
        close(file);
    }
    if (got <= 0) {
        snprintf(text, size, "?");
        return;
    }
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

size_t ts_threads_describe(pid_t process, char *text, size_t size)
{
    char folder[64], name[32], stat[512], waits_in[64];
    size_t count = 0, used = 0;
    text[0] = '\0';
    snprintf(folder, sizeof folder, "/proc/%d/task", (int)process);
    DIR *tasks = opendir(folder);
    if (tasks == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        read_file(folder, entry->d_name, "comm", name, sizeof name);
        read_file(folder, entry->d_name, "stat", stat, sizeof stat);
        read_file(folder, entry->d_name, "wchan", waits_in, sizeof waits_in);
        /* The state follows the last parenthesis: a name may hold some itself. */
        const char *bracket = strrchr(stat, ')');
        char state = bracket != NULL && bracket[1] != '\0' ? bracket[2] : '?';
        if (used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s%s %c %s", count == 0 ? "" : ", ", name,
                                     state, waits_in);
        }
        count++;
    }
    closedir(tasks);
    return count;
}

size_t ts_threads_stacks(pid_t pid, char *text, size_t size)
{
    char command[192];
    snprintf(command, sizeof command,
             "timeout 20 gdb -nx -batch -p %d -ex 'thread apply all backtrace 24' </dev/null 2>/dev/null",
             (int)pid);
    FILE *gdb = popen(command, "r");
    size_t used = gdb == NULL ? 0 : fread(text, 1, size - 1, gdb);
    if (gdb != NULL) {
        pclose(gdb);
    }
    text[used] = '\0';
    return used;
}
