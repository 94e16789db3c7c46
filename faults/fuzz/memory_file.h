/*
 * An input as a file that lies in memory, for code that takes a path.
 *
 * Threads: by one. Ownership: open makes it, close ends it; the path is the struct's.
 */
#ifndef TS_FUZZ_MEMORY_FILE_H
#define TS_FUZZ_MEMORY_FILE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct ts_memory_file {
    int fd;
    char path[32];
};

static inline void ts_memory_file_open(struct ts_memory_file *file, const uint8_t *bytes, size_t size)
{
    file->fd = memfd_create("input", MFD_CLOEXEC);
    if (file->fd < 0 || write(file->fd, bytes, size) != (ssize_t)size) {
        perror("fuzz: memory file");
        abort();
    }
    snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
}

static inline void ts_memory_file_close(struct ts_memory_file *file)
{
    close(file->fd);
}

#endif
