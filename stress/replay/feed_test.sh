#!/usr/bin/env bash
# Usage: feed_test.sh SERVER READER TAPES GROUP
#
# The live feed against the replay server, over loopback; SERVER and READER are tickstorm-feed, of whichever flavour.
# Group whole: a recording, whole; faults: each of the server's, and what the reader makes of it; misuse: garbage to
# the server, readers that are too slow.
#
# Exit codes: 0 all held, 1 some did not, 2 usage, 77 there is no recording (TAPES).

set -euo pipefail
(($# == 4)) || { sed -n '2,9p' "$0" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
server=$(realpath "$1") reader=$(realpath "$2") usdm=$3/usdm_btcusdt_20240808.gz spot=$3/spot_ethusdt_20240808.gz
[[ -r $usdm && -r $spot ]] || { echo "skipped: no recordings in $3"; exit 77; }
usdm=$(realpath "$usdm") spot=$(realpath "$spot")
work=$(mktemp -d)
serving='' reading=''
trap '[[ -z $serving$reading ]] || kill -KILL $serving $reading 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

# serve OPTIONS...: in the background; sets port.
serve() {
    : >served
    "$server" serve "$@" >>served 2>served.err &
    serving=$!
    for _ in {1..100}; do
        port=$(sed -n '1s/.*:\([0-9]*\)$/\1/p' served)
        [[ -z $port ]] || return 0
        sleep 0.05
    done
    fail "no port: $(cat served.err)"
}

# Its last line is what it did.
end_serving() {
    local code=0
    kill -TERM "$serving"
    wait "$serving" || code=$?
    serving=
    checks=$((checks + 1))
    ((code == 0)) || fail "the server ended with $code: $(tail -n 5 served.err)"
}

# follow OPTIONS...: the reader's report in seen.
follow() {
    local code=0
    "$reader" watch --port "$port" "$@" >seen 2>seen.err || code=$?
    checks=$((checks + 1))
    ((code == 0)) || fail "the reader ended with $code: $(tail -n 5 seen.err)"
}

number() { # FILE NAME
    grep -oE "\"$2\":[0-9]+" "$1" | head -n 1 | cut -d: -f2
}

# is FILE NAME TEST: as is seen trade '== 6106'.
is() {
    local value
    value=$(number "$1" "$2")
    checks=$((checks + 1))
    # shellcheck disable=SC1105,SC2086
    (( ${value:--1} $3 )) || fail "$1: $2 is ${value:-not there}, not $3: $(tail -n 1 served) $(cat seen)"
}

# Every trade of the tape is delivered, or known to be lost.
balanced() {
    is seen out_of_order '== 0'
    is seen seen "== $(number seen delivered)"
    is seen delivered "== $(number served trade) - $(number seen lost)"
}

case $4 in
whole)
    # The figures of PROVENANCE.md. The snapshot is no event; the diffs it holds already are stale.
    serve --tape "$spot" --speed flat
    follow --symbol ethusdt --quiet-for 400ms --for 60s
    end_serving
    is seen frames '== 33617'
    is seen bookTicker '== 24077'
    is seen trade '== 6106'
    is seen diffs '== 3434'
    is seen diffs_applied "== 3434 - $(number seen diffs_stale)"
    is seen lost '== 0'
    is seen gaps '== 0'
    is seen malformed '== 0'
    is seen connects '== 1'
    balanced
    ;;
faults)
    serve --tape "$spot" --speed flat --fault gap:every=3000,count=4 --fault malformed:every=2500 \
        --fault disconnect:every=8000 --seed 5
    follow --symbol ethusdt --backoff 50ms --quiet-for 500ms --for 60s
    end_serving
    is served left_out '>= 20'
    is served garbled '>= 5'
    is served readers '>= 3'
    is seen malformed ">= 3"
    is seen malformed "<= $(number served garbled)"
    is seen connects "== $(number served readers)"
    is seen gaps '>= 1'
    is seen lost '>= 1'
    is seen live '>= 4'
    balanced

    # Half open: nothing comes, not even an answer to a ping.
    serve --tape "$usdm" --speed 5x --fault silence:every=600ms
    follow --futures --ping 80ms --silence 240ms --backoff 50ms --for 1500ms
    end_serving
    is seen silence '>= 1'
    is seen pings '>= 2'
    is seen connects '>= 2'
    is seen live '>= 2'

    serve --tape "$usdm" --speed 5x --fault refuse:every=500ms,for=150ms --fault slow:every=300ms,for=100ms
    follow --futures --backoff 50ms --for 1300ms
    end_serving
    is seen connects '>= 2'
    is served readers "== $(number seen connects)"
    is seen attempts '>= 2'
    is seen live '>= 2'

    # Who comes back has missed something, is told so, and begins with a snapshot.
    is seen lost '>= 1'
    is seen after_gap '>= 2'
    is seen snapshots '>= 2'

    # An exchange that talks nonsense in a row is left, and tried again.
    nonsense=(--fault malformed:every=1)
    serve --tape "$usdm" --speed 5x "${nonsense[@]}" "${nonsense[@]}" "${nonsense[@]}" "${nonsense[@]}" "${nonsense[@]}"
    follow --futures --backoff 50ms --for 1s
    end_serving
    holds seen '"ended":\{[^}]*"malformed":[1-9]'
    is seen connects '>= 2'
    is seen malformed ">= $(number seen disconnects)"

    # No pong reaches the exchange any more, though the stream goes on: it hangs up, and is connected to again.
    serve --tape "$usdm" --speed 5x --ping 50ms --pong 200ms --fault no-pong:every=400ms
    follow --futures --backoff 50ms --for 1600ms
    end_serving
    is served no_pong '>= 1'
    is seen peer ">= $(number served no_pong)"
    is seen connects '>= 2'
    is seen live '>= 2'

    # A reader that stands still answers no ping either.
    serve --tape "$usdm" --speed 5x --ping 50ms --pong 200ms
    "$reader" watch --port "$port" --futures --backoff 50ms --for 2500ms >seen 2>seen.err &
    reading=$!
    sleep 1
    kill -STOP "$reading"
    sleep 0.7
    kill -CONT "$reading"
    checks=$((checks + 1))
    wait "$reading" || fail "the reader ended with $?: $(tail -n 5 seen.err)"
    reading=
    end_serving
    is served no_pong '== 1'
    is served readers '== 2'
    is seen connects '== 2'
    is seen live '>= 2'
    is seen lost '>= 1'

    # The exchange cuts off who does not answer its pings: a callback that takes longer is no reason.
    serve --tape "$usdm" --speed 5x --ping 60ms --pong 1200ms
    follow --futures --slow 2500ms --lag 200ms --for 5s
    end_serving
    is served pings '>= 10'
    is served no_pong '== 0'
    is seen kept '>= 3'
    is seen late '>= 1'
    is seen connects '== 1'
    ;;
misuse)
    serve --tape "$usdm" --speed 150x --room 500
    follow --futures --slow 400ms --backoff 50ms --for 8s
    end_serving
    # Whoever loses patience first: the reader with its inbox, or the server with its queue.
    checks=$((checks + 1))
    (($(number seen overrun) + $(number served slow_readers) >= 1)) ||
        fail "nobody was too slow: $(cat seen) $(tail -n 1 served)"
    # It comes back, late as it is, and knows what it missed.
    is seen connects '>= 2'
    is seen lost '>= 1'
    is seen out_of_order '== 0'
    is seen seen "== $(number seen delivered)"

    serve --tape "$usdm" --speed 20x --ping 100ms --pong 2s
    for talk in '\x00\x01\x02\xff\xfe' $'GET / HTTP/1.1\r\n\r\n' $'GET /stream?streams=x@y HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff' \
        $'GET /fapi/v1/depth?symbol=BTCUSDT&limit=99999999999999999999 HTTP/1.1\r\nHost: a\r\n\r\n' \
        $'GET /fapi/v1/depth HTTP/1.1\r\nHost: a\r\n\r\n' "$(head -c 20000 /dev/zero | tr '\0' A)"; do
        # Whether the server hangs up, and how much it takes, is its own business: it must go on serving, below.
        (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf '%b' "$talk" >&3 && timeout 0.2 cat <&3) >said 2>/dev/null || true
    done
    head -c 100000 /dev/urandom >"/dev/tcp/127.0.0.1/$port" 2>/dev/null || true
    follow --futures --for 800ms
    is seen connects '== 1'
    is seen live '>= 1'
    is seen trade '>= 1'
    # Options that are none, each with its word; a disk that takes no report.
    while read -r option value reason; do
        checks=$((checks + 1))
        code=0
        "$server" serve "$option" "$value" --for 100ms >again 2>&1 || code=$?
        ((code == 2)) || fail "serve $option $value ended with $code"
        holds again "$reason"
    done <<END
--speed nanx flat.or.a.factor
--speed 0x flat.or.a.factor
--room 0 at.least.1
--fault gap:every=5s,count=$(printf '0%.0s' {1..120})1 longer.than.any
--fault gap:ever=5s is.none.of
END
    for command in "serve --for 100ms" "watch --port $port --futures --for 100ms"; do
        checks=$((checks + 1))
        code=0
        # shellcheck disable=SC2086
        "$server" $command >/dev/full 2>again || code=$?
        ((code == 4)) || fail "$command on a full disk ended with $code"
        holds again 'stdout'
    done
    # A tape that is none, in the same words and with the same code as everywhere.
    mkdir folder
    for tape in folder "$usdm/x" not-there.gz; do
        checks=$((checks + 1))
        code=0
        "$server" serve --tape "$tape" --for 100ms >again 2>&1 || code=$?
        ((code == 3)) || fail "serve --tape $tape ended with $code"
        holds again "$tape"
    done
    # What is not to be had is refused, and another server cannot have the port.
    follow --symbol ethusdt --for 300ms
    is seen connects '== 0'
    is seen attempts '>= 2'
    checks=$((checks + 1))
    code=0
    "$server" serve --port "$port" --for 1s >again 2>&1 || code=$?
    ((code == 4)) || fail "a second server on the port ended with $code"
    end_serving
    is served refused '>= 2'
    is served snapshots_refused '>= 1'
    ;;
*)
    echo "feed_test.sh: no group $4" >&2
    exit 2
    ;;
esac
finish_checks
