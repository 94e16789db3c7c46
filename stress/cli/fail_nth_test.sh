#!/usr/bin/env bash
# Usage: fail_nth_test.sh TICKSTORM PLUGINS
#
# tickstorm fail-nth with the real worker under AddressSanitizer: every allocation, thread and descriptor of a set-up
# fails once, and what leaks is told. The loop over all scenarios and calls is for a person: tickstorm fail-nth all.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: fail_nth_test.sh TICKSTORM PLUGINS" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1") plugins=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# 13 blocks of runner and engine, then those of the strategies.
expect 0 fail-nth depth-flood --call memory --to 16 --for 120ms --seed 5 --quiet --out memory
holds stdout 'call.memory +16 fired: 1[0-5] refused, [1-9][0-9]* went on, 0 failed; last 16 on host, cut at --to'
holds memory/record.jsonl '"type":"life".*"faults":"call.memory@host: #1 return"'
holds memory/record.jsonl '"type":"life".*"outcome":"pass".*"detail":"refused: .*bytes'

expect 0 fail-nth depth-flood --call pthread_create,dlopen,dlsym,open,eventfd,mmap --seed 5 --quiet --out others
holds stdout 'call.pthread_create +4 fired: 4 refused, 0 went on, 0 failed; last 4 on host'
holds stdout 'call.dlopen +1 fired: 1 refused'
holds stdout 'call.mmap +0 fired: .* never reached'

# What the loop over everything found first: calls that a signal interrupts, a library that cannot wake the host, a
# scenario without memory.
expect 0 fail-nth quiet-feed --call read.eintr,write.eintr,ppoll.eintr --to 3 --for 250ms --seed 5 --quiet --out eintr
holds stdout 'call.read.eintr +3 fired: 0 refused, 3 went on, 0 failed'
expect 0 fail-nth quiet-feed --call dlsym --from 10 --to 11 --seed 5 --quiet --out blind
holds stdout 'call.dlsym +2 fired: 0 refused, 2 went on, 0 failed'
expect 0 fail-nth unregister-while-running --call memory --from 13 --to 14 --seed 5 --quiet --out unregister
expect 0 fail-nth engine-restart --call memory --from 6 --to 7 --seed 5 --quiet --out restart

# What leaks whether or not a call fails is told in the first life.
expect 1 fail-nth canary-leak --mode direct --call mmap --quiet --out leak
holds stdout '^canary-leak direct asan, call.mmap: count: memory-leak'
holds stdout "repeat  tickstorm run canary-leak --mode direct --flavour asan --for 60ms --seed 0x[0-9a-f]+ --faults 'call.mmap: count'"

# A worker that refuses looks for leaks, too.
expect 1 run depth-flood --flavour asan --for 1s --library "$plugins/libbad-leaks.so" --quiet --no-history --out refused
holds refused/record.jsonl '"type":"life".*"outcome":"leak"'

# By site: each place that calls, once; in direct mode what the mode must show is no failure of the call's.
expect 0 fail-nth depth-flood --by-site --call memory,dlsym --seed 5 --quiet --out sites
holds stdout 'call.memory +1[0-9] fired: [1-9] refused, [1-9][0-9]* went on, 0 failed; 1[0-9] of 1[0-9] sites'
holds stdout 'call.dlsym +1 fired: 1 refused, 0 went on, 0 failed; 1 of 1 sites'
holds sites/record.jsonl '"type":"life".*"faults":"call.memory<ts_spsc_init\+0x[0-9a-f]+@host: #1 return"'
holds sites/record.jsonl '"type":"cell".*"sites":\{.*"call.memory<ts_spsc_init\+0x[0-9a-f]+":\{"reached":[0-9]+,"fired":1\}'
expect 0 faults sites sites
holds stdout '^  call.dlsym<[a-z_]+\+0x[0-9a-f]+ +[0-9]+ reached +1 fired'
expect 0 fail-nth destroy-mid-callback --mode direct --by-site --call memory --for 200ms --seed 5 --quiet --out direct
holds stdout 'direct +asan +call.memory .* 0 failed; [1-9][0-9]* ended as the mode does'
expect 2 fail-nth depth-flood --by-site --to 5
expect 2 fail-nth depth-flood --by-site --call queue.push.full
expect 3 run depth-flood --faults 'call.malloc<no_such_function: return' --quiet --no-history --out nowhere
holds nowhere/record.jsonl 'neither worker nor library has a function of this name'

# Killed and resumed, it fails the calls that were left, and says what it would have said.
whole='call.memory +14 fired: .*last 14 on host, cut at --to'
expect 0 fail-nth depth-flood --call memory --to 14 --seed 5 --quiet --out whole
holds stdout "$whole"
"$tickstorm" fail-nth depth-flood --call memory --to 14 --seed 5 --quiet --out killed >/dev/null 2>&1 &
for ((i = 0; i < 200; i++)); do
    [[ -f killed/record.jsonl.partial && $(grep -c '"type":"life"' killed/record.jsonl.partial) -ge 5 ]] && break
    sleep 0.02
done
kill -9 $!
wait $! 2>/dev/null || true
expect 0 resume killed --quiet
holds stdout "$whole"
checks=$((checks + 1))
for n in {1..14}; do
    [[ $(grep -c "\"faults\":\"call.memory@host: #$n return\"" killed/record.jsonl) == 1 ]] || fail "life #$n is not there once"
done
expect 0 resume killed --quiet
holds stdout "$whole"
expect 0 history
holds stdout 'fail-nth'

expect 2 fail-nth depth-flood --call mallok
holds stderr "unknown call 'mallok'"
expect 2 fail-nth depth-flood --to
expect 2 fail-nth depth-flood --from 0
expect 2 fail-nth

finish_checks
