/*
 * Pipes, eventfds, sockets, poll, select and epoll, and futexes by syscall(), over small bodies under the
 * real ThreadSanitizer: what would block waits in the model and goes on when it can, what does not wait
 * returns what it must, and what nobody will ever make ready is a deadlock.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

static int pipe_ends[2], event;
static int value; /* ordered by what goes through the descriptors */
static uint32_t word;

static void close_all(void)
{
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void *write_numbers(void *argument)
{
    for (int i = 1; i <= 3; i++) {
        value = i;
        must(write(pipe_ends[1], &i, sizeof i) == sizeof i);
    }
    must(close(pipe_ends[1]) == 0);
    return argument;
}

static void *read_numbers(void *argument)
{
    int number, sum = 0;
    ssize_t size;
    while ((size = read(pipe_ends[0], &number, sizeof number)) == sizeof number) {
        sum += number;
    }
    must(size == 0 && sum == 6 && value == 3);
    return argument;
}

static void pass_numbers(void)
{
    value = 0;
    must(pipe(pipe_ends) == 0);
    TOGETHER(read_numbers, write_numbers);
    close(pipe_ends[0]);
}

/* More than a pipe holds, and in one call. */
#define MUCH (3 * 65536 + 100)

static char *sent, *received;

static void *write_much(void *argument)
{
    struct iovec parts[2] = {{sent, 5000}, {sent + 5000, MUCH - 5000}};
    must(argument == NULL ? write(pipe_ends[1], sent, MUCH) == MUCH : writev(pipe_ends[1], parts, 2) == MUCH);
    close(pipe_ends[1]);
    return argument;
}

static void *read_much(void *argument)
{
    ssize_t size = 0, now;
    while ((now = read(pipe_ends[0], received + size, (size_t)(MUCH - size))) > 0) {
        size += now;
    }
    must(size == MUCH && memcmp(sent, received, MUCH) == 0);
    return argument;
}

/* A point for each byte would be too many. */
__attribute__((disable_sanitizer_instrumentation)) static void fill(char *data)
{
    for (int i = 0; i < MUCH; i++) {
        data[i] = (char)(i % 251);
    }
}

static void pass_much(void)
{
    sent = malloc(MUCH);
    received = calloc(1, MUCH);
    fill(sent);
    must(pipe(pipe_ends) == 0);
    TOGETHER(write_much, read_much);
    close(pipe_ends[0]);
    memset(received, 0, MUCH);
    must(pipe(pipe_ends) == 0);
    TOGETHER(read_much, write_much); /* by writev */
    close(pipe_ends[0]);
    free(sent);
    free(received);
}

static void *announce(void *argument)
{
    uint64_t one = 1;
    value = 42;
    must(argument == NULL ? write(event, &one, sizeof one) == sizeof one : eventfd_write(event, 1) == 0);
    return argument;
}

static void *poll_event(void *argument)
{
    struct pollfd fds[2] = {{.fd = pipe_ends[0], .events = POLLIN}, {.fd = event, .events = POLLIN}};
    uint64_t count;
    must(poll(fds, 2, -1) == 1);
    must(fds[0].revents == 0 && fds[1].revents == POLLIN);
    must(read(event, &count, sizeof count) == sizeof count && count == 1);
    must(value == 42);
    return argument;
}

static void announce_event(void)
{
    value = 0;
    event = eventfd(0, 0);
    must(pipe(pipe_ends) == 0);
    TOGETHER(announce, poll_event);
    TOGETHER(poll_event, announce);
    close_all();
    close(event);
}

/* An eventfd that counts, read by who may wait and by who does not. */
static void *read_at_once(void *argument)
{
    eventfd_t count;
    while (eventfd_read(event, &count) != 0) {
        must(errno == EAGAIN);
        see(0);
    }
    must(count == 1 && value == 42);
    return argument;
}

static void read_in_a_loop(void)
{
    value = 0;
    event = eventfd(0, EFD_NONBLOCK);
    TOGETHER(read_at_once, announce);
    close(event);
}

static void *poll_timed(void *argument)
{
    struct pollfd ready = {.fd = pipe_ends[0], .events = POLLIN};
    const struct timespec time = {0, 10000000};
    fd_set reads;
    struct timeval left = {0, 10000};
    int result;
    FD_ZERO(&reads);
    FD_SET(pipe_ends[0], &reads);
    switch ((uintptr_t)argument) {
    case 0:
        result = poll(&ready, 1, 10);
        break;
    case 1:
        result = ppoll(&ready, 1, &time, NULL);
        break;
    case 2:
        result = select(pipe_ends[0] + 1, &reads, NULL, NULL, &left);
        break;
    default:
        result = pselect(pipe_ends[0] + 1, &reads, NULL, NULL, &time, NULL);
        break;
    }
    must(result == 0 || result == 1);
    if ((uintptr_t)argument >= 2) {
        must(FD_ISSET(pipe_ends[0], &reads) == result);
    } else {
        must(ready.revents == (result == 1 ? POLLIN : 0));
    }
    must(result == 1 || (uintptr_t)argument != 2 || (left.tv_sec == 0 && left.tv_usec == 0));
    see(2 * (unsigned)(uintptr_t)argument + (unsigned)result);
    return argument;
}

static void *write_one(void *argument)
{
    must(write(pipe_ends[1], "x", 1) == 1);
    return argument;
}

static void poll_for_one(void)
{
    must(pipe(pipe_ends) == 0);
    TOGETHER(poll_timed, poll_timed, poll_timed, poll_timed, write_one);
    close_all();
}

static bool saw_all(unsigned from, unsigned to, unsigned step, bool some)
{
    bool all = true;
    for (unsigned i = from; i < to; i += step) {
        all = all && (saw(i) > 0) == some;
    }
    return all;
}

/* Used as sleeps. */
static void polls_as_sleeps(void)
{
    struct timespec before, after;
    const struct timespec second = {1, 0};
    struct timeval left = {1, 0};
    for (int i = 0; i < 4; i++) {
        clock_gettime(CLOCK_MONOTONIC, &before);
        switch (i) {
        case 0:
            must(poll(NULL, 0, 1000) == 0);
            break;
        case 1:
            must(ppoll(NULL, 0, &second, NULL) == 0);
            break;
        case 2:
            must(select(0, NULL, NULL, NULL, &left) == 0 && left.tv_sec == 0);
            break;
        default:
            must(pselect(0, NULL, NULL, NULL, &second, NULL) == 0);
            break;
        }
        clock_gettime(CLOCK_MONOTONIC, &after);
        must(after.tv_sec - before.tv_sec == 1);
    }
}

static void *wait_by_epoll(void *argument)
{
    struct epoll_event interest = {.events = EPOLLIN}, happened;
    int epoll = epoll_create1(0);
    interest.data.fd = event;
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest) == 0);
    must(epoll_wait(epoll, &happened, 1, -1) == 1 && happened.data.fd == event);
    uint64_t count;
    must(read(event, &count, sizeof count) == sizeof count && value == 42);
    must(epoll_wait(epoll, &happened, 1, 5) == 0);
    close(epoll);
    return argument;
}

static void epolls(void)
{
    value = 0;
    event = eventfd(0, 0);
    TOGETHER(wait_by_epoll, announce);
    close(event);
}

static struct sockaddr_un name;

static void *serve(void *argument)
{
    int client = accept(pipe_ends[0], NULL, NULL);
    char text[4] = "";
    must(client >= 0);
    must(recv(client, text, sizeof text, 0) == 4 && strcmp(text, "abc") == 0);
    must(recv(client, text, 1, MSG_DONTWAIT) == -1 || errno != EBADF);
    must(send(client, "def", 4, 0) == 4);
    close(client);
    return argument;
}

static void *ask(void *argument)
{
    char text[4] = "";
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    must(connect(client, (struct sockaddr *)&name, sizeof name) == 0);
    must(send(client, "abc", 4, 0) == 4);
    must(recv(client, text, sizeof text, 0) == 4 && strcmp(text, "def") == 0);
    must(recv(client, text, sizeof text, 0) == 0);
    close(client);
    return argument;
}

static void sockets(void)
{
    name = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "tickstorm-test-%d", (int)getpid()); /* abstract */
    pipe_ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(pipe_ends[0], (struct sockaddr *)&name, sizeof name) == 0 && listen(pipe_ends[0], 4) == 0);
    TOGETHER(serve, ask);
    close(pipe_ends[0]);
}

static void read_for_ever(void)
{
    must(pipe(pipe_ends) == 0);
    char byte;
    (void)!read(pipe_ends[0], &byte, 1);
}

static void wait_all_of_it(void)
{
    char text[8];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pipe_ends) == 0);
    recv(pipe_ends[0], text, sizeof text, MSG_WAITALL);
}

/* A lock made of a futex: 0 free, 1 held, 2 held and waited for. */
static void *lock_word(void *argument)
{
    for (int i = 0; i < 2; i++) {
        uint32_t expected = 0;
        if (!__atomic_compare_exchange_n(&word, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            while (__atomic_exchange_n(&word, 2, __ATOMIC_ACQUIRE) != 0) {
                long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL);
                must(result == 0 || errno == EAGAIN);
                see(result == 0);
            }
        }
        value++;
        if (__atomic_exchange_n(&word, 0, __ATOMIC_RELEASE) == 2) {
            must(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1) <= 1);
        }
    }
    return argument;
}

static void locks_of_futexes(void)
{
    const struct timespec time = {0, 1000};
    value = 0;
    word = 0;
    TOGETHER(lock_word, lock_word, lock_word);
    must(value == 6);
    must(syscall(SYS_futex, &word, FUTEX_WAIT, word, &time) == -1 && errno == ETIMEDOUT);
    must(syscall(SYS_getpid) == getpid());
}

/* As _FORTIFY_SOURCE has them where the size of the buffer is known, and what is asked for is not. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
                       socklen_t *from_size);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t room);

static int sockets_of_pair[2];

static void *give_five(void *argument)
{
    must(write(pipe_ends[1], "1", 1) == 1);
    for (int i = 0; i < 4; i++) {
        must(send(sockets_of_pair[1], "2", 1, 0) == 1);
    }
    return argument;
}

static void *take_five_fortified(void *argument)
{
    char byte;
    struct pollfd fd = {.fd = sockets_of_pair[0], .events = POLLIN};
    must(__read_chk(pipe_ends[0], &byte, 1, sizeof byte) == 1 && byte == '1');
    must(__poll_chk(&fd, 1, -1, sizeof fd) == 1 && __recv_chk(fd.fd, &byte, 1, sizeof byte, 0) == 1);
    must(__ppoll_chk(&fd, 1, NULL, NULL, sizeof fd) == 1 && fd.revents == POLLIN);
    must(__recvfrom_chk(fd.fd, &byte, 1, sizeof byte, 0, NULL, NULL) == 1);
    must(__recv_chk(fd.fd, &byte, 1, sizeof byte, 0) == 1 && __read_chk(fd.fd, &byte, 1, sizeof byte) == 1);
    return argument;
}

static void fortified(void)
{
    must(pipe(pipe_ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_of_pair) == 0);
    TOGETHER(take_five_fortified, give_five);
    close_all();
    close(sockets_of_pair[0]);
    close(sockets_of_pair[1]);
}

static uint64_t given[2][5]; /* to each of two threads, in the first schedule */

static void *take_randoms(void *argument)
{
    uint64_t now[5] = {0}, *before = given[(uintptr_t)argument];
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    must(getrandom(&now[0], sizeof now[0], 0) == sizeof now[0] && getentropy(&now[1], sizeof now[1]) == 0);
    must(read(fd, &now[2], sizeof now[2]) == sizeof now[2]);
    must(syscall(SYS_getrandom, &now[3], sizeof now[3], 0) == sizeof now[3]);
    close(fd);
    now[4] = arc4random() + arc4random_uniform(10);
    must(arc4random_uniform(3) < 3);
    must(now[0] != 0 && now[1] != now[0] && now[2] != now[1] && now[3] != now[2]);
    must(before[0] == 0 || memcmp(before, now, sizeof now) == 0);
    memcpy(before, now, sizeof now);
    return argument;
}

static void random_numbers(void)
{
    TOGETHER(take_randoms, take_randoms);
    must(given[0][0] != given[1][0]);
}

static void wait_for_no_wake(void)
{
    word = 0;
    syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
}

int main(void)
{
    check(holds(pass_numbers), "numbers through a pipe to its end");
    check(holds_in((struct trial){.body = pass_much, .schedules = 20}),
          "more than a pipe holds, in one write");
    check(holds(announce_event), "a poll of two, of which one becomes ready");
    check(holds(read_in_a_loop) && saw(0) > 0, "reads that do not wait, in a loop");
    check(holds(poll_for_one) && saw_all(0, 8, 1, true), "polls of four kinds time out, or not");
    check(holds_lazily(poll_for_one) && saw_all(0, 8, 2, false) && saw_all(1, 8, 2, true),
          "... and never, when time is lazy");
    check(holds(polls_as_sleeps), "polls of nothing are sleeps");
    check(holds(epolls), "an epoll waits for its descriptors");
    check(holds(sockets), "a client and a server");
    check(run((struct trial){.body = read_for_ever, .schedules = 1}) == TS_RUN_DEADLOCK,
          "a read that nobody writes for is a deadlock");
    check(run((struct trial){.body = wait_all_of_it, .schedules = 1}) == TS_RUN_REFUSED,
          "receiving all of it is refused");
    check(holds(fortified), "fortified reads and polls wait in the model, too");
    check(holds(locks_of_futexes) && saw(1) > 0, "a lock made of a futex");
    check(holds(random_numbers), "random numbers are the same in each schedule, and others in each thread");
    check(run((struct trial){.body = wait_for_no_wake, .schedules = 1}) == TS_RUN_LOST_WAKEUP,
          "a futex that nobody wakes is a lost wake-up");
    return failures == 0 ? 0 : 1;
}
