// Two threads sort the parts of an array off a shared pile, and stop when all numbers are placed.
// Right because: the pile is taken from and put to under one lock, and parts never overlap.
// Twin of: quicksort.c
#include <assert.h>
#include <pthread.h>

enum { SIZE = 6 };

struct part {
    int first, last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int numbers[SIZE] = {3, 1, 5, 2, 6, 4};
static struct part work[SIZE + 1] = {{0, SIZE - 1}};
static int work_count = 1, placed;

static int take(struct part *part)
{
    pthread_mutex_lock(&lock);
    while (work_count == 0 && placed < SIZE) {
        pthread_cond_wait(&changed, &lock);
    }
    int found = work_count > 0;
    if (found) {
        *part = work[--work_count];
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void split(struct part part)
{
    int pivot = numbers[part.last], middle = part.first;
    for (int i = part.first; i <= part.last; i++) {
        if (numbers[i] <= pivot) {
            int kept = numbers[i];
            numbers[i] = numbers[middle];
            numbers[middle++] = kept;
        }
    }
    pthread_mutex_lock(&lock);
    placed++;
    if (part.first <= middle - 2) {
        work[work_count++] = (struct part){part.first, middle - 2};
    }
    if (middle <= part.last) {
        work[work_count++] = (struct part){middle, part.last};
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *sort(void *arg)
{
    struct part part;
    (void)arg;
    while (take(&part)) {
        split(part);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, sort, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < SIZE; i++) {
        assert(numbers[i] == i + 1);
    }
    return 0;
}
