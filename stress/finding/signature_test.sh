#!/usr/bin/env bash
# Usage: signature_test.sh FINDING_SIGNATURE CLANG SYMBOLIZER
#
# A race keeps its signature over shifted lines, optimisation levels and 54 runs; another race of the same program has
# another. Runs in which ThreadSanitizer misses the race are counted and allowed, a few.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 3)) || { echo "usage: signature_test.sh FINDING_SIGNATURE CLANG SYMBOLIZER" >&2; exit 2; }
tool=$(realpath "$1") clang=$2 symbolizer=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

readonly RUNS=9 MISSES_MAX=3
flags=(-std=gnu11 -g -fno-inline -fno-omit-frame-pointer -fno-optimize-sibling-calls -fsanitize=thread -pthread)

program() { # program LINES: the racy program with so many lines above its code
    for ((i = 0; i < $1; i++)); do echo "/* shifts what follows */"; done
    cat <<'END'
#include <pthread.h>
#include <unistd.h>

static long price, depth;

static void book_publish(long value)
{
    price = value;
}

static long book_read(void)
{
    return price;
}

static void depth_count(long value)
{
    depth += value;
}

static void feed_step(long value)
{
    if (OTHER) {
        depth_count(value);
    } else {
        book_publish(value);
    }
}

static long scan_step(void)
{
    if (OTHER) {
        depth_count(1);
        return 0;
    }
    return book_read();
}

static void *feed(void *argument)
{
    for (long i = 0; i < 200; i++) {
        feed_step(i);
        usleep(10);
    }
    return argument;
}

static void *scan(void *argument)
{
    long sum = 0;
    for (int i = 0; i < 200; i++) {
        sum += scan_step();
        usleep(10);
    }
    return sum != 0 ? argument : NULL;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, feed, NULL);
    pthread_create(&threads[1], NULL, scan, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
END
}

# signatures OTHER OUTPUT: builds every variant, runs each, appends a line for each report.
signatures() {
    local other=$1 output=$2 lines level binary
    for lines in 0 7 150; do
        for level in -O1 -O2; do
            binary=$work/book$other$level.$lines
            program "$lines" >book.c
            "$clang" "$level" "${flags[@]}" -DOTHER="$other" book.c -o "$binary"
            : >log
            for ((run = 0; run < RUNS; run++)); do
                TSAN_OPTIONS=symbolize=0:exitcode=0 "$binary" 2>>log
            done
            "$tool" "$symbolizer" log "$binary" >"$binary.signatures"
            missed=$((missed + RUNS - $(grep -c 'SUMMARY: ThreadSanitizer' log || true)))
            cat "$binary.signatures" >>"$output"
        done
    done
}

failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

missed=0
signatures 0 first
signatures 1 second
sort first | uniq -c
sort second | uniq -c
echo "runs without a report: $missed of $((12 * RUNS))"
((missed <= MISSES_MAX)) || fail "the race was missed in $missed runs: the program no longer races as it should"
(($(sort -u first | wc -l) == 1)) || fail "one race has several signatures"
(($(sort -u second | wc -l) == 1)) || fail "the other race has several signatures"
grep -qE '^0x[0-9a-f]{16} race book_publish / book_read$' first || fail "the race has another title"
grep -qE '^0x[0-9a-f]{16} race depth_count / depth_count$' second || fail "the other race has another title"
[[ $(head -n 1 first | cut -d ' ' -f 1) != $(head -n 1 second | cut -d ' ' -f 1) ]] ||
    fail "two races share a signature"
((failures == 0))
