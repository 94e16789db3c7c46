#include "supervisor/words.h"

#include <string.h>

static const struct {
    const char *words;
    enum ts_crash_class class;
} sentences[] = {
    {"pure virtual method called", TS_CRASH_PURE_VIRTUAL},
    {"terminate called recursively", TS_CRASH_RECURSIVE_TERMINATE},
    {"corrupted size vs. prev_size", TS_CRASH_HEAP_CORRUPTION},
    {"double free or corruption", TS_CRASH_HEAP_CORRUPTION},
    {"corrupted double-linked list", TS_CRASH_HEAP_CORRUPTION},
    {"malloc_consolidate", TS_CRASH_HEAP_CORRUPTION},
    {"munmap_chunk(): ", TS_CRASH_HEAP_CORRUPTION},
    {"malloc(): ", TS_CRASH_HEAP_CORRUPTION},
    {"realloc(): ", TS_CRASH_HEAP_CORRUPTION},
    {"free(): ", TS_CRASH_HEAP_CORRUPTION},
};

static void search(struct ts_words *words, const char *text, size_t size)
{
    const char *first = NULL;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        const char *found = memmem(text, size, sentences[i].words, strlen(sentences[i].words));
        if (found != NULL && (first == NULL || found < first)) {
            first = found;
            words->class = sentences[i].class;
        }
    }
}

void ts_words_feed(struct ts_words *words, const char *text, size_t size)
{
    if (words->class != TS_CRASH_NONE) {
        return;
    }
    char seam[2 * TS_WORDS_CARRY];
    size_t head = size < TS_WORDS_CARRY ? size : TS_WORDS_CARRY;
    memcpy(seam, words->carry, words->carried);
    memcpy(seam + words->carried, text, head);
    search(words, seam, words->carried + head);
    if (words->class == TS_CRASH_NONE) {
        search(words, text, size);
    }
    size_t total = words->carried + head;
    if (size >= TS_WORDS_CARRY) {
        memcpy(words->carry, text + size - TS_WORDS_CARRY, TS_WORDS_CARRY);
        words->carried = TS_WORDS_CARRY;
    } else {
        words->carried = total < TS_WORDS_CARRY ? total : TS_WORDS_CARRY;
        memcpy(words->carry, seam + total - words->carried, words->carried);
    }
}
