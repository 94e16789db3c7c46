// A text is appended to another while a third thread may cut it.
// Right because: length and letters are taken in one critical section, both locks in one order.
// Twin of: string_append.c
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

static void *append(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&target.lock);
    pthread_mutex_lock(&source.lock);
    memcpy(target.letters + target.length, source.letters, (size_t)source.length);
    target.length += source.length;
    pthread_mutex_unlock(&source.lock);
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
    assert(target.length == 0 || target.length == 5);
    return 0;
}
