#!/usr/bin/env bash
# Usage: score_test.sh TICKSTORM FAKE_WORKER
#
# The score of a corpus of made-up bugs, with a worker that ends as it is told (fake_worker.c). Prints each check that
# failed.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: score_test.sh TICKSTORM FAKE_WORKER" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# workers FOLDER
workers() {
    local flavour
    for flavour in plain asan tsan explore; do
        mkdir -p "$1/$flavour"
        cp "$fake" "$1/$flavour/tickstorm-worker"
        : >"$1/$flavour/libsignal.so"
    done
    echo "build of ${1##*/}" >"$1/stamp"
}

# bug NUMBER NAME HOW DETECTORS FLAVOURS [LINE]
bug() {
    local folder
    folder=corpus/$(printf '%02d' "$1")-$2
    workers "$folder"
    printf '%s\n' "id: $1" "name: $2" 'where: nowhere' 'wrong: everything' "detectors: $4" 'likelihood: C' \
        'scenario: destroy-mid-callback' 'mode: queued' "flavours: $5" "settings: order=$3" ${6:+"$6"} '' \
        '--- a/lib/x' '+++ b/lib/x' '@@ -1 +1 @@' '-a' '+b' >"$folder/bug.patch"
}
workers corpus/clean
bug 1 racing fail T tsan
bug 2 crashing signal:11 C plain
bug 3 hidden pass I 'plain asan' 'missed: nobody can see it'

# Three bugs, one of which is missed and says so.
expect 0 score --corpus corpus --for 600ms --seed 0x1 --out one
holds stdout '2 of 3 seeded bugs caught, 2 by a detector that was expected'
holds stdout 'plain native stress catches 2, plain TSan stress 2, neither of them 0'
holds stdout 'findings beside 0 of 3 bugs'
holds stdout '\| 1 \| racing .*\| T \| caught \| T, 1 life, .*\| C, 1 life, .*\| T, 1 life, .*\| clean, '
holds stdout '\| 3 \| hidden .*\*\*missed\*\*'
holds stdout '3 hidden: nobody can see it'
holds stderr '\[3/3\] +3 hidden +MISSED'
holds one/score.json '"caught": 2'
holds one/01-racing/suite/record.jsonl '"kind":"score".*"--bug","1","--column","suite"'
holds one/03-hidden/clean/record.jsonl '"flavour":"asan"'
holds one/02-crashing/native/record.jsonl '"command":"TICKSTORM_WORKERS=corpus/02-crashing tickstorm run destroy-mid-callback'
lacks one/01-racing/suite/record.jsonl '"life":1' # ends with its first failure

# The explored columns alone, of the bugs that depend on an interleaving, in the cells that their headers name.
bug 6 hurried pass T tsan 'explored: destroy-mid-callback guarded order=fail'
expect 0 score --corpus corpus --explored --for 600ms --seed 0x1 --out explored
holds stdout 'the explorer catches 1 of 1 seeded bugs, of those whose failure depends on an interleaving 1 of 1'
holds stdout '\| 6 \| hurried \| yes \| destroy-mid-callback, guarded \| caught \|'
holds stderr '\[1/1\] +6 hurried +caught C +schedule 1,'
holds explored/06-hurried/explored/record.jsonl '"command":"TICKSTORM_WORKERS=corpus/06-hurried tickstorm run destroy-mid-callback --mode guarded'
gone explored/06-hurried/suite
holds explored/score.json '"caught": 1'
lacks explored/score.json 'native'
expect 5 score --corpus corpus --explored --bug 3 --for 500ms --out unexplored
holds stdout 'of those whose failure depends on an interleaving 0 of 0'
rm -r corpus/06-hurried

# A folder holds one score.
expect 2 score --out one
holds stderr 'it holds a score already'

# Killed in its second bug: goes on as it was begun, with what is done left alone.
"$tickstorm" score --corpus corpus --for 700ms --seed 0x2 --out two >/dev/null 2>&1 &
score=$!
until [[ -e two/02-crashing/clean/record.jsonl.partial ]]; do sleep 0.05; done
kill -9 "$score"
wait "$score" 2>/dev/null || true
gone two/score.json
cp two/01-racing/suite/record.jsonl before
expect 2 score --corpus corpus --for 1s --out two
holds stderr 'goes on as it was begun'
expect 0 score --out two
holds stdout '2 of 3 seeded bugs caught'
checks=$((checks + 1))
cmp -s before two/01-racing/suite/record.jsonl || fail "a finished column was run again"

# Interrupted: says how to go on.
code=0
timeout -s INT 1 "$tickstorm" score --corpus corpus --for 700ms --out three >/dev/null 2>stderr || code=$?
checks=$((checks + 1))
((code == 130 || code == 124)) || fail "an interrupted score ended with $code"
holds stderr 'tickstorm score --out three goes on'

# A bug that is missed without a word, and a clean build that fails.
bug 4 silent pass I plain 'life: 900ms'
expect 5 score --corpus corpus --bug 4 --for 500ms --out four --json
holds stdout '"missed_and_explained": 0'
cmp -s stdout four/score.json || fail "--json is not score.json"
holds four/score.md 'not explained'
holds four/04-silent/suite/record.jsonl '"--for","900ms"' # no shorter than its life
mkdir dirty
cp -r corpus/02-crashing dirty/
cp -r corpus/02-crashing dirty/clean
for flavour in plain asan tsan explore; do
    printf '#!/bin/sh\nexec %q "$@"\n' "$work/dirty/02-crashing/$flavour/tickstorm-worker" \
        >"dirty/clean/$flavour/tickstorm-worker"
done
expect 1 score --corpus dirty --for 500ms --out five
holds stdout 'the clean build fails in the same cells'

# Workers of another build catch nothing, and must not count as a miss.
bug 5 foreign usage I plain
expect 3 score --corpus corpus --bug 5 --for 500ms --out six
holds stderr 'build them again with ci/seeded'

# What it refuses.
expect 2 score --corpus corpus --bug 9
holds stderr 'no such bug'
expect 2 score --for soon
expect 3 score --corpus nowhere
sed -i 's/^detectors: .*/detectors: Z/' corpus/04-silent/bug.patch
expect 2 score --corpus corpus
holds stderr "04-silent/bug.patch: detectors: 'Z'"

finish_checks
