#!/usr/bin/env bash
# Usage: gate_test.sh TICKSTORM
#
# The gate with the real workers: it passes when all detectors see, and never when one of them was blinded. The workers
# are $TICKSTORM_WORKERS, else those beside the command.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: gate_test.sh TICKSTORM" >&2; exit 2; }
tickstorm=$(realpath "$1")
real=$(realpath "${TICKSTORM_WORKERS:-$(dirname "$tickstorm")}")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TICKSTORM_WORKERS=$real NO_COLOR=1
unset TICKSTORM_HISTORY GITHUB_ACTIONS GITHUB_STEP_SUMMARY TSAN_OPTIONS ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# plan FLAVOURS [FOR]: the canaries there, the shipped defect in the first, and a protected cell in each. ThreadSanitizer sees
# the defect at once, a crash may take its time.
plan() {
    local defect=2s
    if [[ $1 == tsan* ]]; then defect=1s; fi
    cat <<PLAN
name: small
budget: 60s
seed: 0x5
sets:
  - name: canaries
    scenarios: [canaries]
    modes: [direct, queued]
    flavours: [$1]
    for: 3s
    lives: 1
    hang: 1s
  - name: direct
    scenarios: [destroy-mid-callback]
    modes: [direct]
    flavours: [${1%%,*}]
    for: $defect
  - name: protected
    scenarios: [depth-flood]
    modes: [queued]
    flavours: [$1]
    for: ${2:-500ms}
PLAN
}
plan 'plain, asan, tsan' 2s >all.yaml
plan 'tsan, asan' >sanitizers.yaml
plan tsan >tsan.yaml
plan asan >asan.yaml
plan plain >plain.yaml

# gate NAME CODE PLAN [OPTIONS]: its outputs are well-formed, whatever the verdict.
gate() {
    local name=$1 code=$2
    expect "$code" gate --plan "$3" --out "$name" --quiet --no-history "${@:4}"
    if [[ ! -e $name/record.jsonl ]]; then return; fi
    checks=$((checks + 2))
    xmllint --noout --schema "$here/../../reports/junit.xsd" "$name/junit.xml" 2>why || fail "$name: $(cat why)"
    if command -v jq >/dev/null; then
        jq -e . "$name/gate.json" "$name/findings.sarif" >/dev/null || fail "$name: gate.json is no JSON"
    elif command -v python3 >/dev/null; then
        python3 -m json.tool "$name/gate.json" >/dev/null || fail "$name: gate.json is no JSON"
    fi
    exists "$name/summary.md"
    lacks stdout '^::'
}

# blind NAME CODE CANARY PLAN VARIABLES...: a gate that does not see must not pass, and says what it missed.
blind() {
    local name=$1 code=$2 missed=$3 assignment
    (
        for assignment in "${@:5}"; do export "${assignment?}"; done
        failures=0
        gate "$name" "$code" "$4"
        holds stdout '^INCONCLUSIVE: .*blind: [0-9]+ required outcomes? missed'
        holds stdout "^missed +$missed direct"
        lacks stdout '^PASS'
        ((failures == 0))
    ) || fail "blinded: $name"
    checks=$((checks + 5))
}

gate whole 0 all.yaml
holds stdout '^PASS: 0 new findings .*7 of 7 canaries caught, 7 of 7 twins clean'

# A file that cannot be written costs the verdict, not the other files. (Resuming what has ended makes them again.)
rm whole/{gate.json,junit.xml,findings.sarif}
mkdir whole/junit.xml
expect 4 resume whole
holds stdout '^PASS: '
holds stderr 'whole/junit.xml'
holds stdout '^results whole/\{record.jsonl,gate.json,summary.md,findings.sarif\}$'
exists whole/gate.json
exists whole/findings.sarif
gone whole/junit.xml.partial

gate seeing 0 sanitizers.yaml
holds stdout '^PASS: .*5 of 5 canaries caught'
holds seeing/record.jsonl "\"kind\":\"deadlock\".*mutex M[0-9]+ '[a-z_.]*crossing' taken by thread T[0-9]+ \\(holds M[0-9]+\\)"

printf 'race:*\ndeadlock:*\n' >tsan.supp
printf 'leak:*\n' >lsan.supp
blind suppressed 5 canary-race tsan.yaml "TSAN_OPTIONS=suppressions=$work/tsan.supp"
blind deadlocks 5 canary-deadlock tsan.yaml TSAN_OPTIONS=detect_deadlocks=0
blind leaks 5 canary-leak asan.yaml ASAN_OPTIONS=detect_leaks=0
blind leaks-suppressed 5 canary-leak asan.yaml "LSAN_OPTIONS=suppressions=$work/lsan.supp"
for flavour in tsan asan; do
    mkdir "blind-$flavour"
    ln -s "$real"/{plain,asan,tsan} "blind-$flavour"
    ln -sfn "$real/plain" "blind-$flavour/$flavour"
    blind "no-$flavour" 4 canary-use-after-free sanitizers.yaml "TICKSTORM_WORKERS=$work/blind-$flavour"
    holds no-$flavour/gate.json 'is blind: it has no'
done
# What the supervisor sets last cannot be turned off from outside.
TSAN_OPTIONS=report_bugs=0:exitcode=0 gate unmoved 0 sanitizers.yaml
holds stdout '5 of 5 canaries caught'

# Without gdb a deadlock and a hang are still found, but the gate does not pass: their stacks would be missing.
mkdir bin
for tool in grep xmllint jq python3 head tail timeout; do
    if command -v $tool >/dev/null; then ln -s "$(command -v $tool)" "bin/$tool"; fi
done
PATH=$work/bin gate no-gdb 4 plain.yaml
holds no-gdb/gate.json 'hung worker leaves no stacks'
holds stdout '^INCONCLUSIVE: preflight gdb failed.*blind: [0-9] required outcomes missed'
expect 0 report no-gdb --format markdown --no-history
holds stdout '^\*\*INCONCLUSIVE: the machine did not pass the check of gdb; '
holds stdout '^\| gdb \| \*\*failed\*\* \| '

# A debugger and a symbolizer that are there and do not work.
mkdir broken-bin
printf '#!/bin/sh\nexit 1\n' >broken-bin/gdb
printf '#!/bin/sh\nwhile read -r line; do echo "[]"; done\n' >broken-bin/llvm-symbolizer-19
chmod +x broken-bin/*
ln -s llvm-symbolizer-19 broken-bin/llvm-symbolizer
PATH=$work/broken-bin:$PATH expect 4 preflight
holds stdout 'gdb .*does not show the stack of a child'
holds stdout 'llvm-symbolizer .*does not name a function of this program'
mkdir mute-bin && mv broken-bin/llvm-symbolizer* mute-bin
PATH=$work/broken-bin:$PATH gate broken-gdb 4 plain.yaml
holds stdout '^INCONCLUSIVE: preflight gdb failed.*blind: [0-9] required outcomes missed'
holds broken-gdb/gate.json 'its stacks name no function'

# The symbolizer's fallback is an absolute path, which only a mount hides; PATH alone does not.
ln -s "$(command -v gdb)" bin/gdb
PATH=$work/bin gate fallback 0 sanitizers.yaml
symbolizers=$(find /usr/lib -maxdepth 1 -name 'llvm-*' -printf '%p/bin ' 2>/dev/null)
# hidden COMMAND...: without any of those folders
hidden() {
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m sh -c 'for folder in $0; do mount -t tmpfs none "$folder" || exit 99; done; exec "$@"' "$symbolizers" "$@"
}
if hidden true 2>/dev/null; then
    checks=$((checks + 1))
    code=0
    hidden env PATH="$work/bin" "$tickstorm" gate --plan sanitizers.yaml --out nameless --quiet --no-history \
        >stdout 2>stderr || code=$?
    ((code == 4)) || fail "without a symbolizer: exit code $code"
    holds stderr 'llvm-symbolizer'
    gone nameless
else
    echo "the symbolizer cannot be hidden here: not tried"
fi

# No canary at all, and nothing but canaries.
sed '/name: canaries/,/hang: 1s/d' all.yaml >bare.yaml
gate bare 5 bare.yaml
holds stdout '^INCONCLUSIVE: blind: no canary ran'
sed "s/direct, queued/direct/" plain.yaml >twinless.yaml
gate twinless 5 twinless.yaml
holds stdout '^INCONCLUSIVE: blind: the plan lacks the twin of canary-deadlock in plain and 1 more'
sed '/name: direct/,/for: 2s/d' plain.yaml >sheltered.yaml
gate sheltered 5 sheltered.yaml
holds stdout '^INCONCLUSIVE: blind: the plan lacks an unprotected mode that must fail'
sed '/name: protected/,$d' sanitizers.yaml >only.yaml
gate only 5 only.yaml
holds stdout 'no protected cell ran'

# A finding that must not be, then excused by the baseline, then not any more.
{
    cat tsan.yaml
    printf '  - name: broken\n    scenarios: [canary-race]\n    modes: [direct]\n    flavours: [tsan]\n    for: 1s\n    lives: 1\n'
    printf '    allowed: [pass]\n'
} >broken.yaml
gate broken 1 broken.yaml
holds stdout '^FAIL: 1 new finding .*0x[0-9a-f]{16}'
signature=$(grep -oE '0x[0-9a-f]{16}' stdout | head -n 1)
# baseline EXPIRY [LINE]
baseline() {
    printf 'known:\n  - signature: %s\n    title: t\n    owner: jo\n    issue: i\n    reason: r\n    expiry: %s\n%s' \
        "$signature" "$1" "${2:+    $2
}"
}
baseline 2099-12-31 >known.yaml
gate known 0 broken.yaml --baseline known.yaml
holds known/gate.json "$signature"
holds stdout '^PASS: '
baseline 2001-01-31 >expired.yaml
gate expired 7 broken.yaml --baseline expired.yaml
holds stdout 'has expired'
baseline 2099-12-31 'excuse: x' >misspelt.yaml
gate misspelt 3 broken.yaml --baseline misspelt.yaml
holds stderr 'misspelt.yaml'
gone misspelt
baseline 2099-02-30 >no-day.yaml
gate no-day 3 broken.yaml --baseline no-day.yaml
gate no-baseline 3 broken.yaml --baseline nowhere.yaml
mkfifo pipe # into which nobody writes
limit=60s gate pipe-baseline 3 broken.yaml --baseline pipe
limit=60s gate pipe-plan 3 pipe
gate read-once 3 broken.yaml --baseline <(cat known.yaml)
holds stderr 'is no regular file'
gone read-once
{
    cat broken.yaml
    echo '    forbidden: [race]'
} >forbidden.yaml
gate forbidden 1 forbidden.yaml
gate forbidden-known 0 forbidden.yaml --baseline known.yaml # excuses what it names, in all its lives

# GitHub's annotations only there.
checks=$((checks + 1))
code=0
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/steps "$tickstorm" gate --plan broken.yaml --out github --quiet \
    --no-history >stdout 2>stderr || code=$?
((code == 1)) || fail "under GitHub: exit code $code"
holds stdout '^::error .*New finding'
holds steps "$signature"

# wrong FROM TO WORD: the plan with one thing wrong is refused, its file, set and word named.
wrong() {
    sed "s/$1/$2/" all.yaml >wrong.yaml
    gate wrong 3 wrong.yaml
    holds stderr 'wrong.yaml'
    holds stderr "$3"
    gone wrong
}
wrong depth-flood depth-floood 'set protected: scenarios: .depth-floood'
wrong 'modes: .queued.$' 'modes: [qeued]' 'set protected: modes: .qeued'
wrong 'flavours: .plain, asan, tsan.$' 'flavours: [plane]' 'set canaries: flavours: .plane'
wrong 'lives: 1' 'required: [rase]' 'set canaries: required: .rase'
wrong 'lives: 1' 'allowed: [crashed]' 'set canaries: allowed: .crashed'
wrong 'hang: 1s' 'hang: 1 second' 'set canaries: hang: '
wrong 'lives: 1' 'livess: 1' 'livess'
wrong 'seed: 0x5' 'seeed: 0x5' 'seeed'
wrong 'seed: 0x5' 'seed: five' 'seed: .five'
expect 2 gate
expect 2 gate canary-race --plan all.yaml

finish_checks
