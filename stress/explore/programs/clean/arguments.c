// Threads with arguments of their own, results through pthread_exit, one thread that starts and joins
// another.
// Right because: each argument lives until its thread is joined.
// Twin of: stack_variable.c, loop_variable.c
#include <assert.h>
#include <pthread.h>

struct request {
    int number, answer;
};

static void *square(void *arg)
{
    struct request *request = arg;
    request->answer = request->number * request->number;
    pthread_exit(request);
}

static void *square_of_square(void *arg)
{
    struct request inner = {*(int *)arg, 0};
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, square, &inner);
    pthread_join(thread, &result);
    assert(result == &inner);
    *(int *)arg = inner.answer * inner.answer;
    return NULL;
}

int main(void)
{
    int three = 3;
    struct request four = {4, 0};
    pthread_t outer, plain;
    pthread_create(&outer, NULL, square_of_square, &three);
    pthread_create(&plain, NULL, square, &four);
    pthread_join(outer, NULL);
    pthread_join(plain, NULL);
    assert(three == 81 && four.answer == 16);
    return 0;
}
