#!/usr/bin/env bash
# Usage: parts_test.sh TICKSTORM
#
# Each part of the benchmark runs to its end on a few ticks and prints as many samples as it should, as lines of JSON
# and as tables; what it cannot use it refuses, in one line that names it. No time is judged.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { sed -n '2,7p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

# samples COUNT ARGUMENT...: the part prints so many lines of JSON and nothing else.
samples() {
    local count=$1
    shift
    expect 0 bench "$@" --json
    checks=$((checks + 1))
    [[ $(grep -c '^{.*"bench":.*}$' stdout) == "$count" && $(wc -l <stdout) == "$count" ]] ||
        fail "bench $*: $(wc -l <stdout) lines, wanted $count samples"
}

samples 9 stages --rounds 1 --ticks 160
samples 22 handoff --rounds 1 --ticks 20 --gap-us 20
# Each sample tells how the processors stood, before and after.
placed='"rtt_before_ns":[1-9][0-9.]*,"rtt_after_ns":[1-9]'
if (($(nproc) == 1)); then # Each sample tells how the processors stood, before and after.
placed='"rtt_before_ns":0.0,"rtt_after_ns":0.0'; fi
all_placed() {
    checks=$((checks + 1))
    [[ $(grep -cE "$placed" stdout) == "$(wc -l <stdout)" ]] || fail "a sample tells no placement: $(head -n 1 stdout)"
}
samples 24 scaling --rounds 1 --ticks 800
all_placed
samples 15 watching --rounds 1 --ticks 500
all_placed
expect 0 bench flood --rounds 1 --ticks 800
holds stdout 'allocations, processors (siblings|near|far|moved|alone)$'
samples 10 history --rounds 1 --cells 10

cat >tape <<'TAPE'
1723000000000000000 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1.0","B":"1","a":"2.0","A":"1","T":1,"E":1}}
1723000000000001000 {"lastUpdateId":10,"bids":[["1.0","1"]],"asks":[["2.0","1"]]}
TAPE
gzip -k tape
samples 100 paced --rounds 1 --tape tape.gz

cat >score.json <<'SCORE'
{"bugs": [{"id": 1, "suite": {"caught": true, "lives": 4, "elapsed_ms": 2000}, "clean": {"caught": false, "lives": 9, "elapsed_ms": 9}}]}
SCORE
samples 1 power --score score.json
holds stdout '"seconds_a_bug":2.000,"caught_a_life":0.25000'

expect 0 bench stages --rounds 1 --ticks 160 --raw raw.jsonl
holds stdout '^stage, ns a tick, placement not looked at$'
holds raw.jsonl '"name":"factor-scan"'
expect 0 bench --help
holds stdout '^  watching '

# refused CODE PATTERN ARGUMENT...
refused() {
    local code=$1 pattern=$2
    shift 2
    expect "$code" bench "$@"
    holds stderr "$pattern"
    checks=$((checks + 1))
    [[ $(wc -l <stderr) == 1 ]] || fail "bench $*: more than one line: $(cat stderr)"
}
refused 2 'there is no part flod' flod
refused 2 '--ticks: 0 is not an integer from 1 to 1000000000' flood --ticks 0
refused 2 '--mode: fast is not one of direct, locked, guarded, queued' flood --mode fast
refused 2 '--speed: nan is not a number above 0' paced --speed nan
refused 2 '--cells: 1000001 is not an integer from 1 to 1000000' history --cells 1000001
refused 3 '--tape FILE is missing' paced
refused 3 'none.gz: No such file or directory' paced --tape none.gz
refused 3 'tape: not a tick file' paced --tape tape
head -c 100 tape.gz >cut.gz
refused 3 'cut.gz' paced --tape cut.gz
refused 3 '--score FILE is missing' power
refused 3 'tape: line 1' power --score tape
refused 3 'none.so' flood --rounds 1 --ticks 10 --library none.so
refused 3 'none/raw.jsonl' stages --rounds 1 --ticks 160 --raw none/raw.jsonl
finish_checks
