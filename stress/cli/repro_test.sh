#!/usr/bin/env bash
# Usage: repro_test.sh TICKSTORM
#
# A finding's life again, with the real workers: in how many lives it comes back, until it does, and stopped in gdb
# where it is reported.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: repro_test.sh TICKSTORM" >&2; exit 2; }
tickstorm=$(realpath "$1")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1 TICKSTORM_HISTORY=$work/history.db
unset TICKSTORM_WORKERS TSAN_OPTIONS ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# signature_of FOLDER KIND: of the first finding of that kind in its record.
signature_of() {
    sed -n '/"type":"finding"/s/.*"signature":"\(0x[0-9a-f]*\)","kind":"'"$2"'".*/\1/p' "$1/record.jsonl" | head -n 1
}

expect 1 run canary-race --mode direct --flavour tsan --for 2s --out race --quiet
# It is a canary in a plain run, too: its record says so, its report tells a catch and no new finding, and when the
# detector does not look, it was missed.
holds race/record.jsonl '"type":"end".*; 1 of 1 planted defect caught\.'
holds stdout '^canary-race direct tsan: race \(planted, and caught\)'
holds race/record.jsonl '"role":"canary",.*"judgement":"met"'
expect 0 report race --format json
holds stdout '"of_standing":\{"new":0,'
holds stdout '"canaries_run":1,"canaries_caught":1,'
expect 0 history --findings
holds stdout 'count_up / count_up +\(planted, caught\)$'
printf 'race:*\n' >suppressed
TSAN_OPTIONS=suppressions=$work/suppressed expect 5 run canary-race --mode direct --flavour tsan --for 300ms --out unseen \
    --quiet --no-history
holds unseen/record.jsonl '"type":"end","verdict":"inconclusive".*; 0 of 1 planted defect caught\.'
expect 1 run canary-use-after-free --mode direct --flavour asan --for 2s --out freed --quiet
expect 1 run destroy-mid-callback --mode direct --flavour plain --for 2s --out crashed --quiet
race=$(signature_of race race) freed=$(signature_of freed memory-error) crashed=$(signature_of crashed crash)
checks=$((checks + 1))
[[ -n $race && -n $freed && -n $crashed ]] || fail "signatures: '$race' '$freed' '$crashed'"

expect 0 repro "$race" --lives 4 --quiet
holds stdout "^$race came back in [1-4] of 4 lives; 95 %: [0-9.]+ to 100 % of lives$"
expect 0 repro "$freed" --lives 2 --quiet
holds stdout "^$freed came back in 2 of 2 lives; 95 %: "
expect 0 repro "$crashed" --until-fail 100 --quiet
holds stdout "^$crashed came back in life [0-9]+$"
expect 0 repro "${race:0:10}" --lives 1 --quiet # the start of a signature will do
expect 3 repro 0xffffffffffffffff --quiet
holds stderr 'no finding of the history starts so'
expect 2 repro "$race" --lives 0
expect 2 repro

# Its run's record is gone: an older run will do, and when there is none the error names the place.
mkdir older
sed 's/"started":"20[0-9][0-9]-/"started":"2001-/; s/"id":"[^"]*"/"id":"older"/' race/record.jsonl >older/record.jsonl
expect 0 history import older
mv race/record.jsonl kept
expect 0 repro "$race" --lives 1 --quiet
mv older/record.jsonl older/moved
expect 3 repro "$race" --quiet
holds stderr "$work/older/record.jsonl"
holds stderr "the last of 2 runs that showed $race"
mv kept race/record.jsonl
expect 0 repro "$race" --lives 1 --quiet

# A run that shows the race's signature in a cell where it cannot come: the clean twin's.
mkdir twin
sed 's/"direct"/"queued"/g; s/"started":"20[0-9][0-9]-/"started":"2099-/; s/"id":"[^"]*"/"id":"twin"/' race/record.jsonl >twin/record.jsonl

expect 1 run canary-leak --mode direct --flavour asan --for 2s --out leaked --quiet
leaked=$(signature_of leaked leak)
expect 2 repro "$leaked" --gdb --quiet
holds stderr 'LeakSanitizer does not work under a debugger'

# stops_in SIGNATURE PATTERN: gdb shows the pattern, and a stack with the project's own source files.
stops_in() {
    expect 0 repro "$1" --gdb --lives 50 --quiet < <(printf 'bt\nkill\nquit\n')
    holds stdout "$2"
    holds stdout 'which may be of another finding'
    holds stdout "^tickstorm:   $1 [a-z-]+: "
    holds stdout ' at (\./)?(lib|stress)/[a-z_/]+\.c:[0-9]+'
}
if command -v gdb >/dev/null; then
    stops_in "$race" '#0 +__tsan_on_report \('
    stops_in "$freed" '#0 +__asan_on_error \('
    stops_in "$crashed" 'received signal SIG(ABRT|SEGV|BUS)'
    expect 1 run canary-hang --mode direct --flavour plain --for 2s --hang 1s --out hung --quiet
    hung=$(signature_of hung hang)
    begun=$SECONDS
    stops_in "$hung" 'received signal SIGINT'
    ((SECONDS - begun < 60)) || fail "a hang stopped after $((SECONDS - begun)) s"
    holds stdout 'after 1000 ms without progress; all its threads'
    holds stdout '^Thread 1 '
    expect 0 history import twin
    expect 5 repro "$race" --gdb --lives 2 --quiet </dev/null
    holds stdout '2 of at most 2 lives were run'
    holds stdout 'the finding did not come again'
else
    echo "gdb is not there: not tried"
fi

finish_checks
