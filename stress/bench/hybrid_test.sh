#!/usr/bin/env bash
# Usage: hybrid_test.sh TICKSTORM BENCH TAPES
#
# The hybrid contrast on the beginnings of both recordings: every tick comes to a decision on each path, over the wire
# and flat out, and makes the same trades; what is missing or refused has its exit code. No figure is judged.
#
# Exit codes: 0 all held, 1 some did not, 2 usage, 77 there is no recording (TAPES).

set -euo pipefail
(($# == 3)) || { sed -n '2,7p' "$0" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1") bench=$(realpath "$2") tapes=$3
[[ -r $tapes/usdm_btcusdt_20240808.gz && -r $tapes/spot_ethusdt_20240808.gz ]] ||
    { echo "skipped: no recordings in $tapes"; exit 77; }
tapes=$(realpath "$tapes")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

# shorten RECORDING LINES: the beginning of it, under its own name; zcat dies of its reader's end.
shorten() {
    { zcat "$tapes/$1" 2>/dev/null || true; } | head -n "$2" | gzip -1 >"$1"
}
shorten usdm_btcusdt_20240808.gz 6000
shorten spot_ethusdt_20240808.gz 3000

expect 0 bench hybrid usdm_btcusdt_20240808.gz spot_ethusdt_20240808.gz --rounds 1 --speed 60x --json
cp stdout runs
is_number() { # PATTERN EXPECTED: lines of `runs` with it
    checks=$((checks + 1))
    (($(grep -cE "$1" runs || true) == $2)) || fail "not $2 lines with $1: $(cat runs)"
}
is_number '"type":"run"' 8
is_number '"missing":0[,}]' 8
is_number '"latency_ns":\{"mean":[0-9]+,"p50":[0-9]+,"p90":[0-9]+,"p99":[0-9]+,"p99.9":[0-9]+,"max":[0-9]+\}' 8
for tape in usdm_btcusdt_20240808.gz spot_ethusdt_20240808.gz; do
    ticks=$(zcat "$tape" | grep -c '"e":"trade"')
    is_number "\"tape\":\"$tape\".*\"ticks\":$ticks," 4
    for path in polling direct; do
        is_number "\"tape\":\"$tape\",\"path\":\"$path\",\"feed\":\"websocket\"" 1
        is_number "\"tape\":\"$tape\",\"path\":\"$path\",\"feed\":\"array\"" 1
    done
    checks=$((checks + 1))
    [[ $(grep "\"$tape\"" runs | grep -oE '"trades":[0-9]+,"trades_digest":"0x[0-9a-f]+"' | sort -u | wc -l) == 1 ]] ||
        fail "$tape: not the same trades: $(cat runs)"
    checks=$((checks + 1))
    (($(grep "\"$tape\"" runs | grep -oE '"trades":[0-9]+' | head -n 1 | cut -d: -f2) >= 4)) || fail "$tape: hardly a trade"
done

# Both paths beside what is claimed of them.
expect 0 bench hybrid spot_ethusdt_20240808.gz --rounds 2 --speed 100x
holds stdout '^spot_ethusdt_20240808.gz: [0-9]+ ticks, 100x over the wire, rounds: 2'
holds stdout '^tick to decision, mean +~70 ms +[0-9.]+ [num]+s \(.* +~50 ms +[0-9.]+ [num]+s \('
for row in '  p50' '  p90' '  p99' '  p99.9' '  max' 'CPU, feed and trader' 'memory, queue at its fullest' 'ticks a second, flat out'; do
    holds stdout "^$row .*[0-9.]+.* \(.*[0-9.]+.* \("
done
holds stdout '^trades: [0-9]+, the same in all runs'

# A queue that is too small for a poll drops: whose trades those would be nobody knows.
expect 1 bench hybrid usdm_btcusdt_20240808.gz --rounds 1 --speed 60x --queue 64
holds stderr 'polling over the wire, round 1: [0-9]+ of [0-9]+ ticks did not come to a decision'
holds stdout 'NOT the same'

expect 2 bench hybrid
holds stderr 'hybrid takes 1 to 4 recordings'
expect 2 bench hybrid spot_ethusdt_20240808.gz --speed 20
holds stderr '20 is not a factor'
expect 2 bench hybrid spot_ethusdt_20240808.gz --rounds 0
expect 3 bench hybrid not-there.gz
holds stderr 'not-there.gz: No such file'
echo 'no recording' | gzip >words.gz
expect 3 bench hybrid words.gz
holds stderr 'words.gz'

# Names of files are text of any kind, what is written is JSON.
head -n 900 <(zcat spot_ethusdt_20240808.gz) | gzip -1 >$'odd "\\\n\x01\xff.gz'
expect 0 bench hybrid $'odd "\\\n\x01\xff.gz' --rounds 1 --speed 100x --json
cp stdout runs
is_number '^\{"type":"run",.*"tape":"odd \\"\\\\\\n'$'\xef\xbf\xbd\xef\xbf\xbd''.gz",.*\}$' 4

# A disk that is full.
checks=$((checks + 1))
code=0
"$tickstorm" bench hybrid $'odd "\\\n\x01\xff.gz' --rounds 1 --speed 100x >/dev/full 2>stderr || code=$?
((code == 4)) || fail "full disk: exit code $code"
holds stderr 'stdout'

# A recording that is cut off, and one that is no gzip.
head -c 4000 spot_ethusdt_20240808.gz >cut.gz
expect 3 bench hybrid cut.gz
holds stderr 'cut.gz'
head -c 4000 /dev/zero >zeros.gz
expect 3 bench hybrid zeros.gz
holds stderr 'zeros.gz'

# A folder, and one whose last trade comes centuries later.
mkdir folder
expect 3 bench hybrid folder
holds stderr 'folder: a directory, not a gzip file'
{
    head -n 900 <(zcat spot_ethusdt_20240808.gz)
    grep -m 1 '"e":"trade"' <(zcat spot_ethusdt_20240808.gz) | sed 's/^[0-9]*/9223372036854775807/'
} | gzip -1 >late.gz
expect 3 bench hybrid late.gz
holds stderr 'late.gz: takes .* hours over the wire at 20x, more than 2: --speed'

# A server that is killed in the midst.
"$bench" hybrid spot_ethusdt_20240808.gz --rounds 1 --speed 0.1x >stdout 2>stderr &
bench_id=$!
tasks=()
while ((${#tasks[@]} < 3)) && kill -0 "$bench_id" 2>/dev/null; do # until the trader and its feed run
    sleep 0.1
    tasks=("/proc/$bench_id/task"/*)
done
server_id=$(tr -d ' ' <"/proc/$bench_id/task/$bench_id/children")
kill -KILL "$server_id"
checks=$((checks + 1))
code=0
wait "$bench_id" || code=$?
((code == 4)) || fail "without its server: exit code $code"
holds stderr 'replay server.*it ended in the midst of a run: signal 9'

# Without the server beside it.
mkdir alone
cp "$bench" alone/tickstorm-bench
checks=$((checks + 1))
code=0
alone/tickstorm-bench hybrid spot_ethusdt_20240808.gz --rounds 1 >stdout 2>stderr || code=$?
((code == 4)) || fail "without a server: exit code $code"
holds stderr 'start replay server.*tickstorm-feed'
finish_checks
