#include "explore/program/mappings.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static struct ts_mappings before, now, after;

static char *map(size_t pages, int rights)
{
    char *memory = mmap(NULL, pages * PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    return memory;
}

static const struct ts_mapping *find(const struct ts_mappings *mappings, const void *address)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const struct ts_mapping *mapping = &mappings->mapping[i];
        if (mapping->begin <= (uintptr_t)address && (uintptr_t)address < mapping->end) {
            return mapping;
        }
    }
    return NULL;
}

static void restore(void)
{
    cr_assert(ts_mappings_read(&now));
    cr_assert(ts_mappings_restore(&before, &now));
    cr_assert(ts_mappings_read(&after));
}

Test(mappings, are_read_with_rights_and_file)
{
    static const int constant = 1;
    char *memory = map(3, PROT_READ | PROT_WRITE);
    cr_assert_eq(mprotect(memory + PAGE, PAGE, PROT_NONE), 0);
    cr_assert(ts_mappings_read(&before));
    cr_expect_eq(find(&before, memory)->rights, PROT_READ | PROT_WRITE);
    cr_expect_eq(find(&before, memory)->end, (uintptr_t)memory + PAGE);
    cr_expect_eq(find(&before, memory + PAGE)->rights, 0);
    cr_expect_eq(find(&before, memory)->file, 0);
    cr_expect(ts_mapping_is_own(find(&before, memory)));
    cr_expect_not(ts_mapping_is_own(find(&before, memory + PAGE)));
    cr_expect_neq(find(&before, &constant)->file, 0);
    cr_expect_not(ts_mapping_is_own(find(&before, &constant)));
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(ts_mappings_read(&before));
    cr_expect(find(&before, shared)->shared);
    cr_expect_not(ts_mapping_is_own(find(&before, shared)));
}

Test(mappings, what_was_mapped_since_is_gone)
{
    cr_assert(ts_mappings_read(&before));
    char *memory = map(5, PROT_READ);
    restore();
    cr_expect_null(find(&after, memory));
}

Test(mappings, what_was_unmapped_is_there_again)
{
    char *memory = map(4, PROT_READ | PROT_WRITE);
    cr_assert(ts_mappings_read(&before));
    cr_assert_eq(munmap(memory + PAGE, 2 * PAGE), 0);
    restore();
    cr_expect_eq(find(&after, memory + PAGE)->rights, PROT_READ | PROT_WRITE);
    memset(memory, 1, 4 * PAGE);
}

Test(mappings, rights_are_as_they_were)
{
    char *memory = map(4, PROT_READ | PROT_WRITE);
    cr_assert(ts_mappings_read(&before));
    cr_assert_eq(mprotect(memory + PAGE, PAGE, PROT_READ), 0);
    cr_assert_eq(mprotect(memory + 3 * PAGE, PAGE, PROT_NONE), 0);
    restore();
    cr_expect_eq(find(&after, memory + PAGE)->rights, PROT_READ | PROT_WRITE);
    memset(memory, 1, 4 * PAGE);
}

Test(mappings, something_else_in_the_same_place_gives_way)
{
    char *memory = map(4, PROT_READ | PROT_WRITE);
    cr_assert(ts_mappings_read(&before));
    void *other = mmap(memory + PAGE, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    cr_assert_eq(other, memory + PAGE);
    restore();
    cr_expect_not(find(&after, other)->shared);
    memset(memory, 1, 4 * PAGE);
}

Test(mappings, a_file_that_is_gone_cannot_be_restored)
{
    char name[] = "/tmp/mappings_test_XXXXXX";
    int file = mkstemp(name);
    cr_assert_geq(file, 0);
    cr_assert_eq(ftruncate(file, PAGE), 0);
    void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    unlink(name);
    close(file);
    cr_assert(ts_mappings_read(&before));
    cr_assert_eq(munmap(memory, PAGE), 0);
    cr_assert(ts_mappings_read(&now));
    cr_expect_not(ts_mappings_restore(&before, &now));
}
