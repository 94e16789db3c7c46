#!/usr/bin/env bash
# Usage: serve_test.sh TICKSTORM FAKE_WORKER
#
# tickstorm report --serve: what it answers, what it refuses, a run that is watched while it goes on, and its end.
# Requests are written by hand, byte for byte.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { sed -n '2,5p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
server='' runner=''
trap 'kill $server $runner 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
mkdir -p workers/plain
cp "$fake" workers/plain/tickstorm-worker
: >workers/plain/libsignal.so
export TICKSTORM_WORKERS=$work/workers TICKSTORM_HISTORY=$work/runs/history.db NO_COLOR=1
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# until_holds FILE PATTERN: within five seconds.
until_holds() {
    local i
    for ((i = 0; i < 100; i++)); do
        grep -qsE -- "$2" "$1" && break
        sleep 0.05
    done
    holds "$1" "$2"
}

# ask TEXT: sends the request's head (printf's escapes), leaves the answer in `answer`.
ask() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    # A server that hangs up in the middle ends the one who writes, not this test; what it answered is looked at.
    (printf '%b' "$1" >&3) 2>/dev/null || true
    timeout 20 cat <&3 >answer || fail "no end of the answer to ${1:0:60}"
    exec 3>&-
}

# get PATH STATUS: as a browser asks.
get() {
    ask "GET $1 HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nConnection: close\r\n\r\n"
    holds answer "^HTTP/1\.[01] $2 "
}

# refused STATUS TEXT: the request gets it.
refused() {
    ask "$2"
    holds answer "^HTTP/1\.[01] $1 "
    lacks answer 'destroy-mid-callback'
}

"$tickstorm" report --serve >url 2>server.err &
server=$!
until_holds url '^http://127\.0\.0\.1:[0-9]+/$'
port=$(sed -n 's,.*:\([0-9]*\)/$,\1,p' url)

# Before anything has run, and after.
get / 200
holds answer 'No run has ended yet'
expect 1 run destroy-mid-callback --for 300ms --seed 0x1 --set order=signal:11 --quiet
id=$(sed -n 's/.*"type":"run".*"id":"\([^"]*\)".*/\1/p' runs/*/record.jsonl)
signature=$(sed -n 's/.*"type":"finding","signature":"\([^"]*\)".*/\1/p' runs/*/record.jsonl | head -n 1)
get / 200
holds answer "<a href=\"/run/$id\">"
holds answer '^Content-Security-Policy: default-src .none.; style-src .self.; script-src .none.;.*frame-ancestors .none.'
lacks answer '^Content-Security-Policy:.*(sha256|unsafe)'
for header in 'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY' 'Referrer-Policy: no-referrer' \
    'Cross-Origin-Resource-Policy: same-origin' 'Cross-Origin-Opener-Policy: same-origin' 'Cache-Control: no-store'; do
    holds answer "^$header"
done
lacks answer '<script'
get "/run/$id" 200
holds answer 'destroy-mid-callback'
get "/finding/$signature" 200
get /findings 200
holds answer "<a href=\"/finding/$signature\">"
get /trend 200
get "/compare?a=$id&b=$id" 200
holds answer 'Findings of both: 1'
get /style.css 200
holds answer '^Content-Type: text/css'

# HEAD has the head and nothing else; other methods, other hosts and other paths have nothing.
ask "HEAD / HTTP/1.1\r\nHost: localhost:$port\r\nConnection: close\r\n\r\n"
holds answer '^HTTP/1.1 200 '
lacks answer '<html'
for method in POST PUT DELETE OPTIONS TRACE CONNECT PATCH gET; do
    refused 405 "$method / HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    holds answer '^Allow: GET, HEAD'
done
refused 405 "POST / HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\nx"
for host in "evil.example:$port" evil.example "127.0.0.1.evil.example:$port" 127.0.0.1 "127.0.0.1:1" '' "127.0.0.1:$port@evil.example"; do
    refused 421 "GET / HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n"
done
refused 421 "GET / HTTP/1.0\r\n\r\n"
refused 421 "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
# It listens on one address of this machine, and on no other.
checks=$((checks + 1))
if (exec 5<>"/dev/tcp/127.0.0.2/$port") 2>/dev/null; then fail "it answers on 127.0.0.2, too"; fi
echo 'not to be read' >secret
for path in /../secret /run/../../secret /run/%2e%2e/%2e%2e/secret /%2e%2e/secret "/run/$id/../../secret" "/run/$id/record.jsonl" \
    "/run/$id/interleaving/..%2f..%2f..%2fsecret" /run/%00 //secret '/finding/%27%20OR%201=1--' /favicon.ico; do
    get "$path" 404
    lacks answer 'not to be read'
done
get '/compare?a=..%2f..%2fsecret&b=x' 400
ask "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nConnection: close\r\n\r\n"
lacks answer '^HTTP/1.1 200'

# A head that is too large is refused, one that never ends is cut, and others are answered meanwhile.
refused 4.. "GET /$(printf 'a%.0s' {1..40000}) HTTP/1.1\r\nHost: 127.0.0.1:$port\r\n\r\n"
exec 4<>"/dev/tcp/127.0.0.1/$port"
printf 'GET / HTTP/1.1\r\nHost: 127' >&4
get / 200
checks=$((checks + 1))
timeout 15 cat <&4 >unfinished || fail "a request that never ends is not cut"
exec 4>&-

# A run that goes on: its page grows and asks to be loaded again; once it has ended it does not.
"$tickstorm" run destroy-mid-callback --for 4s --seed 0x2 --out live --set order=signal:11 --quiet >runner.out 2>&1 &
runner=$!
kill -INT $server
code=0
wait $server || code=$?
checks=$((checks + 1))
((code == 0)) || fail "the server ends with $code: $(cat server.err)"
"$tickstorm" report --serve live >url 2>server.err &
server=$!
until_holds url '^http://127\.0\.0\.1:[0-9]+/$'
port=$(sed -n 's,.*:\([0-9]*\)/$,\1,p' url)
until_holds live/record.jsonl.partial '"type":"life"'
id=$(sed -n 's/.*"type":"run".*"id":"\([^"]*\)".*/\1/p' live/record.jsonl.partial)
get / 200
holds answer 'Not ended'
holds answer "<a href=\"/run/$id\">"
get "/run/$id" 200
holds answer 'http-equiv="refresh"'
holds answer '0 of 1 cells'
holds answer '[0-9]+ crash'
wait $runner || true # its lives crash; what it wrote is looked at
runner=''
get "/run/$id" 200
lacks answer 'http-equiv="refresh"'
holds answer '<strong>findings</strong>'

# A port that is taken, and what is no port.
expect 4 report --serve --port "$port"
holds stderr "^tickstorm report: listen on 127\.0\.0\.1:$port: Address already in use\$"
expect 2 report --serve --port 65536
expect 2 report --serve --port -1
expect 2 report --serve --html
expect 3 report --serve --baseline none.yaml
holds stderr '^tickstorm report: .*none\.yaml'
kill -TERM $server
code=0
wait $server || code=$?
server=''
checks=$((checks + 1))
((code == 0)) || fail "the server ends with $code"
finish_checks
