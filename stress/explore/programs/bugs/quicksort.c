// Two threads sort parts of an array off a shared pile of work; the index of the pile is taken without the
// lock that puts.
// Fails when: both threads load the same `work_count` in take(): one part is split twice.
// Preemptions: 1 (one thread, between its load and its store of `work_count`).
#include <assert.h>
#include <pthread.h>

enum { SIZE = 8, PARTS = 4 * SIZE };

struct part {
    int first, last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int numbers[SIZE] = {3, 1, 4, 2, 8, 6, 7, 5};
static struct part work[PARTS];
static int work_count, placed;

static void put(int first, int last)
{
    pthread_mutex_lock(&lock);
    if (first <= last) {
        work[work_count].first = first;
        work[work_count].last = last;
        work_count++;
    }
    pthread_mutex_unlock(&lock);
}

static int take(struct part *part)
{
    int left = work_count;
    if (left == 0) {
        return 0;
    }
    *part = work[left - 1];
    work_count = left - 1;
    return 1;
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
    put(part.first, middle - 2);
    put(middle, part.last);
    pthread_mutex_lock(&lock);
    placed++;
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
    put(0, 3);
    put(4, SIZE - 1);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, sort, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(placed == SIZE);
    for (int i = 0; i < SIZE; i++) {
        assert(numbers[i] == i + 1);
    }
    return 0;
}
