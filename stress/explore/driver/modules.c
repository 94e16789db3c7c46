#include "explore/driver/modules.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_all(const char *path)
{
    size_t size = 0, room = 0;
    char *text = NULL;
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        return NULL;
    }
    for (size_t got = 1; got > 0; size += got) {
        if (room - size < 4097) {
            room = room * 2 + 16384;
            char *larger = realloc(text, room);
            if (larger == NULL) {
                break;
            }
            text = larger;
        }
        got = fread(text + size, 1, room - size - 1, in);
    }
    fclose(in);
    if (text != NULL) {
        text[size] = '\0';
    }
    return text;
}

/* Addresses in the file of a program that is not relocated are those in memory. */
static bool is_relocated(const char *path)
{
    Elf64_Ehdr header = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool relocated =
        file < 0 || read(file, &header, sizeof header) != (ssize_t)sizeof header || header.e_type != ET_EXEC;
    if (file >= 0) {
        close(file);
    }
    return relocated;
}

static uintptr_t base_of(const struct ts_modules *modules, const char *path, uintptr_t from, uintptr_t offset)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (strcmp(modules->ranges[i].path, path) == 0) {
            return modules->ranges[i].base;
        }
    }
    return is_relocated(path) ? from - offset : 0;
}

static void add_line(struct ts_modules *modules, const char *line)
{
    unsigned long from = 0, to = 0, offset = 0;
    int path_at = 0;
    if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &from, &to, &offset, &path_at) < 3 || path_at == 0) {
        return;
    }
    const char *path = line + path_at;
    struct ts_module_range *last = modules->count > 0 ? &modules->ranges[modules->count - 1] : NULL;
    if (*path == '/') {
        uintptr_t base = base_of(modules, path, from, offset);
        modules->ranges[modules->count++] =
            (struct ts_module_range){.from = from, .to = to, .base = base, .path = path};
    } else if (*path == '\0' && last != NULL && last->to == from) {
        last->to = to; /* variables without a value in the file */
    }
}

bool ts_modules_read(struct ts_modules *modules, const char *path)
{
    struct ts_modules read = {.text = read_all(path)};
    size_t lines = 0;
    if (read.text == NULL) {
        return false;
    }
    for (const char *at = read.text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    read.ranges = calloc(lines + 1, sizeof *read.ranges);
    if (read.ranges == NULL || lines == 0) {
        ts_modules_fini(&read);
        return false;
    }
    char *rest = NULL;
    for (char *line = strtok_r(read.text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        add_line(&read, line);
    }
    ts_modules_fini(modules);
    *modules = read;
    return true;
}

void ts_modules_fini(struct ts_modules *modules)
{
    free(modules->ranges);
    free(modules->text);
    *modules = (struct ts_modules){0};
}

const struct ts_module_range *ts_modules_find(const struct ts_modules *modules, uintptr_t address)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (address >= modules->ranges[i].from && address < modules->ranges[i].to) {
            return &modules->ranges[i];
        }
    }
    return NULL;
}
