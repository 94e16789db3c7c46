// A text is appended to another: its length is asked for under its lock, its letters are copied under its
// lock, and in between it may have been cut.
// Fails when: cut() comes between append()'s length() and its copy().
// Preemptions: 1 (append, between the two).
#include <assert.h>
#include <pthread.h>
#include <string.h>

struct text {
    pthread_mutex_t lock;
    int length;
    char letters[16];
};

static struct text source = {PTHREAD_MUTEX_INITIALIZER, 5, "abcde"};
static struct text target = {PTHREAD_MUTEX_INITIALIZER, 0, ""};

static int length(struct text *text)
{
    pthread_mutex_lock(&text->lock);
    int known = text->length;
    pthread_mutex_unlock(&text->lock);
    return known;
}

static void copy(struct text *text, int count, char *to)
{
    pthread_mutex_lock(&text->lock);
    assert(count <= text->length);
    memcpy(to, text->letters, (size_t)count);
    pthread_mutex_unlock(&text->lock);
}

static void *append(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&target.lock);
    int count = length(&source);
    copy(&source, count, target.letters + target.length);
    target.length += count;
    pthread_mutex_unlock(&target.lock);
    return NULL;
}

static void *cut(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&source.lock);
    source.length = 0;
    pthread_mutex_unlock(&source.lock);
    return NULL;
}

int main(void)
{
    pthread_t appender, cutter;
    pthread_create(&appender, NULL, append, NULL);
    pthread_create(&cutter, NULL, cut, NULL);
    pthread_join(appender, NULL);
    pthread_join(cutter, NULL);
    return 0;
}
