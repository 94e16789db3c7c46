#!/usr/bin/env bash
# Usage: gdb_test.sh TICKSTORM PROGRAMS
#
# A replay under gdb, by script: a breakpoint in the racing function is hit, all threads are there with stacks of their
# own, stepping works across a switch of the schedule, and the run ends as the finding says. PROGRAMS: the folder
# stress/explore/programs. Skipped (77) without gdb, or where it may not attach.

set -euo pipefail
tickstorm=$(realpath "$1")
programs=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0

if ! command -v gdb >/dev/null; then
    echo "skipped: there is no gdb"
    exit 77
fi
if ! gdb -q -batch -ex 'set startup-with-shell off' -ex starti -ex 'info registers rip' --args /bin/true 2>/dev/null |
    grep -q '^rip'; then
    echo "skipped: gdb cannot trace a program here"
    exit 77
fi

says() {
    grep -qE -- "$1" out || {
        echo "FAILED: no '$1' in what gdb said"
        failures=$((failures + 1))
    }
}

"$tickstorm" cc -g -O1 "$programs/bugs/lost_update.c" -o lost
code=0
"$tickstorm" explore --seed 1 --schedules 200 --stop-at assertion --out found --quiet -- ./lost >out 2>&1 || code=$?
file=$(grep -l '"title":"assertion' found/*.json | head -n 1)
if ((code != 1)) || [[ -z $file ]]; then
    echo "FAILED: nothing found to replay: exit code $code"
    cat out
    exit 1
fi

# It stops at ThreadSanitizer's report by itself; begun anew, it comes by the breakpoint first, before the switch.
cat >commands <<'END'
set confirm off
set pagination off
break withdraw
run
echo == threads\n
info threads
echo == stack\n
backtrace
echo == all stacks\n
thread apply all backtrace
delete
echo == next\n
next
echo == step\n
step
echo == end\n
continue
backtrace
continue
END
code=0
timeout -s KILL 60 "$tickstorm" replay "$file" --gdb -- ./lost <commands >out 2>&1 || code=$?
if ((code != 0)); then
    echo "FAILED: exit code $code of replay --gdb"
    failures=$((failures + 1))
fi
says 'hit Breakpoint [0-9]+(\.[0-9]+)?, withdraw \('
awk '/== threads/ { on = 1 } /== stack/ { on = 0 } on' out >threads
# main and two threads are the program's; one more is the sanitizer's.
if (($(grep -cE '^\*? +[0-9]+ +Thread 0x[0-9a-f]+ ' threads) != 4)); then
    echo "FAILED: not all threads are there"
    failures=$((failures + 1))
fi
awk '/== all stacks/ { on = 1 } /== next/ { on = 0 } on' out >stacks
stack_of() { # FUNCTION: how many threads have it on their stack
    awk -v function_name="$1" '/^Thread [0-9]+ / { if (met) count++; met = 0 } $0 ~ " " function_name " \\(" { met = 1 }
        END { print count + met }' stacks
}
for function in main deposit withdraw; do
    if (($(stack_of "$function") != 1)); then
        echo "FAILED: $(stack_of "$function") threads are in $function, not one"
        failures=$((failures + 1))
    fi
done
# From line to line of the same thread, over what the scheduler does at the points between them.
first=$(sed -n 's/.*withdraw (.*lost_update\.c:\([0-9]*\).*/\1/p' stacks | head -n 1)
comes_to() { # COMMAND LINE
    awk -v command="$1" 'on && /[0-9]/ { print; exit } $0 ~ "== " command { on = 1 }' out | sed 's/^(gdb) //' |
        grep -qE "^$2[[:space:]]" || {
        echo "FAILED: $1 does not come to line $2"
        failures=$((failures + 1))
    }
}
comes_to next $((first + 1))
comes_to step $((first + 2))
awk '/== end/ { on = 1 } on' out >end
says 'Assertion .balance == 600. failed'
grep -qE 'received signal SIGABRT' end || {
    echo "FAILED: it does not end as the finding says"
    failures=$((failures + 1))
}
grep -qE 'lost_update\.c:32' end || {
    echo "FAILED: the assertion is not where it was"
    failures=$((failures + 1))
}
says 'the schedule was followed to its end'
if ((failures > 0)); then
    tail -n 150 out
    exit 1
fi
