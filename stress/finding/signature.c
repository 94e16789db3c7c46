#include "finding/signature.h"

#include "finding/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Roles that define a finding, the strongest first; the first that occurs is taken. */
static const char *const defining[] = {"access", "lock", "crash", "waiting", "allocation", "other"};

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const char *defining_role(const struct ts_finding *finding)
{
    for (size_t role = 0; role < sizeof defining / sizeof *defining; role++) {
        for (size_t i = 0; i < finding->stack_count; i++) {
            if (same(finding->stacks[i].role, defining[role])) {
                return defining[role];
            }
        }
    }
    return "";
}

bool ts_signature_defines(const struct ts_finding *finding, const struct ts_stack *stack)
{
    return same(stack->role, defining_role(finding)) ||
           (same(stack->role, "free") && same(finding->kind, "memory-error"));
}

/* Hashing each part with the hash so far as its seed keeps "ab" + "c" apart from "a" + "bc". */
static uint64_t add(uint64_t hash, const char *part, size_t length)
{
    return XXH3_64bits_withSeed(part, length, hash);
}

static uint64_t stack_hash(const struct ts_stack *stack)
{
    uint64_t hash = 0;
    size_t taken = 0;
    for (size_t i = 0; i < stack->frame_count && taken < TS_SIGNATURE_FRAMES; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        if (frame->own) {
            hash = add(hash, frame->function, ts_function_length(frame->function));
            const char *file = ts_base_name(frame->file);
            hash = add(hash, file, strlen(file));
            taken++;
        }
    }
    /* Without names only the place in the binary is left. It changes with a rebuild, but two defects differ.
     */
    for (size_t i = 0; taken == 0 && i < stack->frame_count && i < TS_SIGNATURE_FRAMES; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        hash = add(hash, frame->module, strlen(frame->module));
        hash = add(hash, frame->offset, strlen(frame->offset));
    }
    if (stack->waits_for != NULL && *stack->waits_for != '\0') {
        hash = add(hash, stack->waits_for, strlen(stack->waits_for));
    }
    return hash;
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void ts_signature_write(const struct ts_finding *finding, const char *distinction, char *text)
{
    uint64_t hashes[TS_SIGNATURE_STACKS];
    size_t count = 0;
    for (size_t i = 0; i < finding->stack_count && count < TS_SIGNATURE_STACKS; i++) {
        if (ts_signature_defines(finding, &finding->stacks[i])) {
            hashes[count++] = stack_hash(&finding->stacks[i]);
        }
    }
    qsort(hashes, count, sizeof *hashes, by_value);

    uint64_t hash = add(0, finding->kind, strlen(finding->kind));
    hash = add(hash, distinction, strlen(distinction));
    for (size_t i = 0; i < count; i++) {
        XXH64_canonical_t bytes;
        XXH64_canonicalFromHash(&bytes, hashes[i]);
        hash = XXH3_64bits_withSeed(&bytes, sizeof bytes, hash);
    }
    snprintf(text, TS_SIGNATURE_SIZE, "0x%016llx", (unsigned long long)hash);
}

bool ts_finding_is_lifetime(const struct ts_finding *finding)
{
    if (!same(finding->kind, "race") && !same(finding->kind, "memory-error")) {
        return false;
    }
    if (strstr(finding->description, "use-after-free") != NULL) {
        return true;
    }
    for (size_t i = 0; i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        if ((same(stack->role, "access") || same(stack->role, "free")) && ts_stack_ends_life(stack)) {
            return true;
        }
    }
    return false;
}
