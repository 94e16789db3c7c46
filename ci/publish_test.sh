#!/usr/bin/env bash
# Usage: publish_test.sh TICKSTORM
#
# ci/publish: what it hands to `tickstorm report`, what reaches the job's summary, and how it fails; with a stand-in for
# the command, then with the command itself. And that the workflows keep what it writes.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { sed -n '2,5p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1")
ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GITHUB_STEP_SUMMARY TICKSTORM
export TICKSTORM_HISTORY=$work/none.db NO_COLOR=1
cd "$work"
mkdir -p ci runs/a
cp "$ci/publish" "$ci/lib.sh" ci/

failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# expect CODE WHAT COMMAND...
expect() {
    local want=$1 what=$2 got=0
    shift 2
    "$@" >out 2>err || got=$?
    if ((got != want)); then
        fail "$what: exit code $got, not $want"
        cat err
    fi
}

cat >stand-in <<'STAND_IN'
#!/usr/bin/env bash
printf '%s\n' "$@" >"$ARGUMENTS"
[[ -z ${REFUSE:-} ]] || exit "$REFUSE"
while [[ $1 != --out ]]; do shift; done
printf '# Stability: FAIL\n\n**FAIL: 2 new findings**\n\nbody of twenty-1\nbody of twenty-2\n' >"$2/report.md"
STAND_IN
chmod +x stand-in
export ARGUMENTS=$work/arguments

expect 4 "without a command" ci/publish runs/a
grep -q 'no tickstorm is built' err || fail "it does not say that none is built"
export TICKSTORM=$work/stand-in
expect 2 "without a run" ci/publish
expect 2 "an unknown option" ci/publish --nonsense runs/a
expect 2 "a bad size" ci/publish --summary-bytes 1e3 runs/a
[[ ! -e arguments ]] || fail "the command ran though the usage was wrong"

expect 0 "one run" ci/publish runs/a/
[[ $(<out) == "FAIL: 2 new findings" ]] || fail "it prints '$(<out)', not the verdict"
[[ -f runs/a/report/report.md ]] || fail "the report is not beside the record"
[[ $(paste -sd' ' arguments) == "report --baseline $work/ci/known.yaml --out runs/a/report -- runs/a/" ]] ||
    fail "arguments: $(paste -sd' ' arguments)"
expect 0 "two runs and options" ci/publish --out 'there is' runs/a 'runs/b c' -- --baseline mine.yaml --no-history
[[ $(paste -sd'|' arguments) == "report|--baseline|$work/ci/known.yaml|--out|there is|--baseline|mine.yaml|--no-history|--|runs/a|runs/b c" ]] ||
    fail "arguments: $(paste -sd'|' arguments)"

# The summary: appended, whole lines, and told where it was cut.
echo before >summary
export GITHUB_STEP_SUMMARY=$work/summary
expect 0 "under GitHub Actions" ci/publish runs/a
diff <(echo before; cat runs/a/report/report.md) summary || fail "the summary is not what was there, then the report"
: >summary
expect 0 "with little room" ci/publish --summary-bytes 70 runs/a
if ! grep -q twenty-1 summary || grep -q twenty-2 summary; then fail "70 bytes hold: $(<summary)"; fi
grep -q 'The rest is in report.md' summary || fail "the cut is not told"
: >summary
REFUSE=3 expect 3 "a bad record" ci/publish runs/a
[[ ! -s summary ]] || fail "a summary of a report that is not there"
GITHUB_STEP_SUMMARY=$work expect 4 "a summary that cannot be written" ci/publish runs/a

# The command itself, of a run that was killed in its first cell.
cp "$ci/known.yaml" ci/
printf '%s\n' '{"type":"run","format":2,"id":"a","tool":"tickstorm 0.1.0","kind":"run","command":"tickstorm run","started":"2026-07-01T00:00:00Z","seed":"0x1","commit":"c0ffee","dirty":false,"machine":{"cores":2,"cpu":"x","kernel":"k","os":"o"},"toolchain":"clang","source":"synthetic","budget_ms":1000,"cells":1}' >runs/a/record.jsonl.partial
: >summary
TICKSTORM=$tickstorm expect 0 "the command itself" ci/publish runs/a
grep -q '^INCONCLUSIVE: ' out || fail "its verdict is '$(<out)'"
grep -q '^# Stability: INCONCLUSIVE' summary || fail "its summary begins '$(head -c 80 summary)'"
grep -q 'id="verdict"' runs/a/report/report.html || fail "there is no page"

# What the workflows publish lies in what they keep.
for workflow in github gitlab; do
    grep -q 'ci/publish runs/gate$' "$ci/workflows/$workflow.yaml" || fail "$workflow.yaml does not publish the gate's run"
    grep -q 'ci/publish --out report shards/\*' "$ci/workflows/$workflow.yaml" || fail "$workflow.yaml does not publish the parts"
done
grep -q 'path: runs/gate$' "$ci/workflows/github.yaml" || fail "github.yaml does not keep runs/gate"
grep -q 'paths: \[runs/gate\]' "$ci/workflows/gitlab.yaml" || fail "gitlab.yaml does not keep runs/gate"
((failures == 0))
