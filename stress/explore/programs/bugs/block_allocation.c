// A small file system: each inode has its lock, and the bitmap of blocks should have one but has none.
// Fails when: both threads' look at `used[block]` comes before either's store to it.
// Preemptions: 1 (one thread, between its look and its store).
#include <assert.h>
#include <pthread.h>

enum { FILES = 2, BLOCKS = 4, NONE = -1 };

static pthread_mutex_t inode_lock[FILES] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int inode[FILES] = {NONE, NONE}, used[BLOCKS];

static int allocate(int first)
{
    for (int i = 0; i < BLOCKS; i++) {
        int block = (first + i) % BLOCKS;
        if (!used[block]) {
            used[block] = 1;
            return block;
        }
    }
    return NONE;
}

static void *create(void *arg)
{
    int file = *(int *)arg;
    pthread_mutex_lock(&inode_lock[file]);
    if (inode[file] == NONE) {
        inode[file] = allocate(2);
    }
    pthread_mutex_unlock(&inode_lock[file]);
    return NULL;
}

int main(void)
{
    static int files[FILES] = {0, 1};
    pthread_t threads[FILES];
    for (int i = 0; i < FILES; i++) {
        pthread_create(&threads[i], NULL, create, &files[i]);
    }
    for (int i = 0; i < FILES; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(inode[0] != inode[1]);
    return 0;
}
