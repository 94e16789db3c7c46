/* For tests: an own empty folder, made and removed by a Criterion fixture. Include once; units: bytes. */
#ifndef TS_TAPE_FOLDER_FIXTURE_H
#define TS_TAPE_FOLDER_FIXTURE_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/ts_tape_XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

/* The files in the folder; removes them when asked to. */
static int count_files(int remove_them)
{
    int count = 0;
    DIR *directory = opendir(folder);
    cr_assert_not_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        count++;
        if (remove_them) {
            unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    closedir(directory);
    return count;
}

static void remove_folder(void)
{
    count_files(1);
    cr_assert_eq(rmdir(folder), 0);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

#endif
