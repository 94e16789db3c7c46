#include "trader/feed/inbox.h"

#include <stdlib.h>
#include <string.h>

ts_err ts_inbox_init(struct ts_inbox *inbox, size_t capacity, size_t size, struct ts_diag *diag)
{
    *inbox = (struct ts_inbox){.capacity = capacity, .size = size};
    inbox->events = calloc(capacity + 1, sizeof *inbox->events);
    inbox->bytes = malloc(size);
    if (inbox->events == NULL || inbox->bytes == NULL) {
        ts_inbox_fini(inbox);
        return ts_fail(diag, TS_NO_MEMORY, "create inbox", "feed", "%zu events, %zu bytes", capacity, size);
    }
    return TS_OK;
}

void ts_inbox_fini(struct ts_inbox *inbox)
{
    free(inbox->events);
    free(inbox->bytes);
    *inbox = (struct ts_inbox){0};
}

ts_err ts_inbox_push(struct ts_inbox *inbox, const struct ts_wire_event *event)
{
    static const char full[] = "frames come faster than they are taken";
    if (inbox->overrun) {
        return TS_FULL;
    }
    if (inbox->count == inbox->capacity || event->length > inbox->size - inbox->used) {
        inbox->overrun = true;
        inbox->events[inbox->count] = *event;
        inbox->events[inbox->count].kind = TS_WIRE_OVERRUN;
        inbox->events[inbox->count].text = full;
        inbox->events[inbox->count].length = sizeof full - 1;
        inbox->count++;
        return TS_FULL;
    }
    struct ts_wire_event *place = &inbox->events[inbox->count++];
    *place = *event;
    place->text = inbox->bytes + inbox->used;
    if (event->length > 0) {
        memcpy(inbox->bytes + inbox->used, event->text, event->length);
        inbox->used += event->length;
    }
    return TS_OK;
}

void ts_inbox_clear(struct ts_inbox *inbox)
{
    inbox->count = 0;
    inbox->used = 0;
    inbox->overrun = false;
}
