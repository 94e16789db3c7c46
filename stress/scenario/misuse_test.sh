#!/usr/bin/env bash
# Usage: misuse_test.sh TICKSTORM GROUP
#
# The scenarios of misuse and life cycle with the real workers, a group at a time: callbacks, engines, strategies, feeds,
# queues, tasks or trader. Each cell must exercise its hazard and find nothing; what is unprotected must be seen.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: misuse_test.sh TICKSTORM GROUP" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

seed=${TICKSTORM_SEED:-0x5}

# clean MODE FLAVOURS SCENARIOS...: nothing is found, and every hazard occurred.
clean() {
    local out=clean-$checks
    expect 0 run "${@:3}" --mode "$1" --flavour "$2" --for 900ms --seed "$seed" --out "$out" --no-history --quiet
    holds "$out/record.jsonl" '"type":"cell"'
    lacks "$out/record.jsonl" '"type":"cell".*"hazard_count":0[,}]'
    lacks "$out/record.jsonl" '"outcome":"(race|memory-error|crash|hang|deadlock|invariant|leak|inconclusive)"'
}

# each SCENARIO KEY VALUES...: every value alone, and a wrong one refused.
each() {
    local value
    for value in "${@:3}"; do
        expect 0 run "$1" --for 600ms --seed "$seed" --set "$2=$value" --out "$1-$value" --no-history --quiet
    done
    expect 3 run "$1" --for 200ms --set "$2=nope" --out "$1-nope" --no-history
    holds stderr 'nope'
}

case $2 in
callbacks)
    clean locked asan,tsan callback-reentry unregister-while-running
    clean queued tsan callback-reentry unregister-while-running ownership
    each callback-reentry call poll register unregister stats on-data offer last-error lock close destroy
    ;;
engines)
    clean queued asan,tsan shutdown-in-flight engine-restart two-engines
    clean queued plain plugin-reload
    ;;
strategies)
    clean guarded tsan destroy-from-callback double-destroy strategy-churn
    clean queued asan destroy-from-callback double-destroy
    each destroy-from-callback what self sibling engine
    expect 1 run destroy-from-callback double-destroy strategy-churn --mode direct --flavour tsan --for 900ms \
        --seed "$seed" --out direct --no-history --quiet
    checks=$((checks + 1))
    (($(grep -cE '"type":"cell".*"outcome":"race"' direct/record.jsonl) == 3)) || fail "direct was not seen to race"
    ;;
feeds)
    clean queued all quiet-feed stalled-burst feed-storm
    ;;
queues)
    clean queued plain,tsan broadcast-churn spsc-wrap
    ;;
tasks)
    clean queued plain coordinator-memory
    clean queued asan coordinator-callbacks coordinator-shutdown
    clean queued tsan coordinator-load coordinator-unpolled coordinator-cancel coordinator-callbacks coordinator-shutdown
    each coordinator-unpolled policy refuse evict
    ;;
trader)
    clean queued plain trader-burst trader-soak trader-double-close
    clean queued asan trader-stop-race trader-slow trader-nan-streak
    clean queued tsan trader-stop-race trader-double-close trader-mode-switch trader-reconnect
    each trader-mode-switch path polling direct both
    each trader-soak path polling direct
    for path in polling direct; do
        holds "trader-soak-$path/record.jsonl" "\"detail\":\"$path, [1-9]"
        holds "trader-soak-$path/record.jsonl" '"soak":\{"resident_kib":\[[1-9].*"heart":\{"period_ms":100.0,"beats":[1-9]'
    done
    # Tapes that nobody expects: prices of nothing and of nearly all there is, a gap of centuries; one without a trade is
    # refused, not read for ever.
    trade='%s {"stream":"ethusdt@trade","data":{"E":1,"T":1,"s":"ETHUSDT","t":%s,"p":"%s","q":"1","m":true,"M":true}}\n'
    for ((i = 1; i <= 100; i++)); do
        # shellcheck disable=SC2059
        printf "$trade" "$((i * 200000))" "$i" 0 "$((i * 200000 + 100000))" "$((i + 1))" "9$(printf '0%.0s' {1..307})"
    done | cat - <(
        # shellcheck disable=SC2059
        printf "$trade" 9223372036854775807 900 1
    ) | gzip -1 >odd.gz
    printf '1 {"stream":"ethusdt@bookTicker","data":{"s":"ETHUSDT","b":"1","B":"1","a":"2","A":"1"}}\n' | gzip >tickers.gz
    for scenario in trader-burst trader-soak coordinator-load; do
        expect 0 run "$scenario" --flavour asan --for 400ms --seed "$seed" --tape odd.gz --out "odd-$scenario" --no-history --quiet
        expect 3 run "$scenario" --for 200ms --tape tickers.gz --out "none-$scenario" --no-history
    done
    ;;
*)
    echo "misuse_test.sh: no group $2" >&2
    exit 2
    ;;
esac

finish_checks
