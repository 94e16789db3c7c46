#!/usr/bin/env bash
# Usage: [TS_REPORT_CELLS=100000] report_test.sh TICKSTORM GOLDEN_FOLDER
#
# tickstorm report on records written by hand: what it takes, refuses and writes, and a large record. With
# TS_REPORT_CELLS the large one has so many cells, and must be reported on in 5 s: for a quiet machine. Prints each check
# that failed.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: report_test.sh TICKSTORM GOLDEN_FOLDER" >&2; exit 2; }
tickstorm=$(realpath "$1")
golden=$(realpath "$2")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset TICKSTORM_HISTORY
export NO_COLOR=1
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# The newest run, and the same by name, from the same bytes.
expect 3 report
holds stderr 'no run there'
mkdir -p runs/old runs/new
sed 's/20310102T030405Z/20310101T000000Z/; s/2031-01-02T03/2031-01-01T03/' "$golden/record.jsonl" >runs/old/record.jsonl
touch -d 2031-01-01 runs/old/record.jsonl
cp "$golden/record.jsonl" runs/new/record.jsonl
touch -d 2031-01-02 runs/new/record.jsonl
expect 0 report --out newest
holds stdout '^FAIL: .*new finding'
for file in report.html report.md report.json; do
    exists "newest/$file"
done
expect 0 report runs/new/record.jsonl --out named
checks=$((checks + 1))
diff -r newest named >/dev/null || fail "the newest run, named, gives another report"
expect 0 report runs/new --format json --out as.json
checks=$((checks + 1))
cmp -s as.json named/report.json || fail "--format json --out FILE differs from the folder's"
expect 0 report runs/new --format markdown
holds stdout '^# Stability: FAIL'
expect 0 report
holds stdout 'destroy-mid-callback'

# Several runs as one, in whatever order.
expect 0 report runs/old runs/new --out both
holds both/report.md '14 lives in 2 cells|18 cells, 32 lives'
expect 0 report runs/new runs/old --out other-way
checks=$((checks + 1))
diff -r both other-way >/dev/null || fail "the order of the runs matters"
expect 2 report runs/new runs/old
holds stderr 'the text is of one run'
expect 2 report runs/new runs/new --out twice
holds stderr 'given twice'
gone twice

# A baseline, a score, a history.
expect 0 report runs/new --out owned --baseline "$golden/known.yaml" --score "$golden/score.json"
holds owned/report.md '\| jo \| https://tracker.example/142'
holds owned/report.json '"missed":\["torn-counter"\]'
expect 3 report runs/new --out bad --baseline none.yaml
expect 3 report runs/new --out bad --score "$golden/record.jsonl"
holds stderr 'record\.jsonl'
expect 3 report runs/new --out bad --score runs
holds stderr 'read score\.json: runs: is a directory'
expect 3 report runs/new --out bad --history none.db
gone bad
expect 0 history import runs
expect 0 report runs/new --out trended
holds trended/report.md '2031-01-01T03:04:05Z'
expect 0 report runs/new --out bare --no-history
lacks bare/report.md '2031-01-01T03:04:05Z'

# What is broken is told once, with file and line; what is cut is titled so.
sed '3s/"cell":0/"cell":"0"/' runs/new/record.jsonl >broken.jsonl
expect 3 report broken.jsonl --out bad
holds stderr 'broken\.jsonl: line 3: life\.cell is no count'
checks=$((checks + 1))
(($(wc -l <stderr) == 1)) || fail "more than one line: $(cat stderr)"
head -c -40 runs/new/record.jsonl >cut.jsonl
expect 0 report cut.jsonl --out cut
holds cut/report.md '\*\*not whole\*\* \| The record is partial'
sed 's/"outcomes":{"crash":6,"pass":1}/"outcomes":{"crash":5,"pass":1}/' runs/new/record.jsonl >odd.jsonl
expect 0 report odd.jsonl --out odd
holds odd/report.md 'The record contradicts itself:'
holds odd/report.json '"contradictions":\["cell 0|The record'
sed '1s/"started":"2031-01-02T03/"started":"<soon>\\u001b/' runs/new/record.jsonl >when.jsonl
expect 3 report when.jsonl --out bad
holds stderr "run\.started is no time of ISO 8601: '<soon> "
gone bad
printf '%s\n\a{\n' "$(head -n 1 runs/new/record.jsonl)" >bell.jsonl
expect 3 report bell.jsonl --out bad
holds stderr 'bell\.jsonl: line 2, column'
checks=$((checks + 1))
[[ $(tr -d '\n' <stderr) != *[[:cntrl:]]* ]] || fail "a control character reached the terminal: $(od -c stderr)"

# Texts of 100,000 characters each are cut.
long=$(printf '%.0sx' {1..100000})
printf 's/"%s":"/&%s/\n' command "$long" detail "$long" >long.sed
sed -f long.sed runs/new/record.jsonl >long.jsonl
expect 0 report long.jsonl --out long
checks=$((checks + 1))
(($(cat long/report.* | wc -c) < 1000000)) || fail "long texts make a long report: $(wc -c long/report.*)"

# Text that means harm, behind each text that somebody else may have written: it stays text, and no table breaks.
{
    printf '%s' 's%"(id|kind|tool|command|seed|commit|diff|cpu|kernel|os|toolchain|source|name|found|mend|title|'
    printf '%s' 'description|location|role|text|thread|function|file|module|offset|detail|hazard|scenario|mode|flavour|'
    printf '%s' 'set|faults|class|sentence|verdict|schedule)":"([^"\\]|\\.)+%&'
    printf '%s' '</td></script><script>alert(1)</script><img src=x onerror=alert(2)>\\"'"'"' [x](javascript:alert(3)) '
    printf '%s\n' '| ` ~~ $x$ \\u0001\\u001b[31m\\u0085\\u202e\\r\\n# x\\n\\n<b>x</b>%g'
} >evil.sed
sed -Ef evil.sed runs/new/record.jsonl >evil.jsonl
expect 0 report evil.jsonl --out evil --no-history
grep -q 'alert(1)' evil/report.json || fail "the hostile text did not reach the report"
for file in evil/report.html evil/report.md evil/report.json; do
    checks=$((checks + 1))
    ! LC_ALL=C grep -qP '[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' "$file" || fail "$file has control characters"
done
lacks evil/report.html '<script>alert|<img|<b>|onerror=alert\(2\)>[^&]*"'
checks=$((checks + 2))
(($(grep -o '<script' evil/report.html | wc -l) == 1)) || fail "the page has another script than its own"
# Without code (spans, and blocks of four blanks) nothing is left that makes a tag, a link or a heading, and a table's rows
# have as many cells as its head.
sed -E '/^    /d; s/\\.//g; s/`[^`]*`//g' evil/report.md >evil/bare.md
! grep -nE '<[a-zA-Z/!]|\]\(|^# x|~~|\$x\$' evil/bare.md || fail "the Markdown has markup that was not escaped"
awk -F'|' '/^\|/ { if (was && NF != was) { print "line " NR ": " NF - 2 " cells, not " was - 2; bad = 1 } was = NF; next }
    { was = 0 } END { exit bad }' evil/bare.md || fail "a table of the Markdown breaks"

# A record that is none.
mkdir -p folder/record.jsonl
expect 3 report folder --out bad
holds stderr 'folder/record\.jsonl: Is a directory'
expect 3 report no-such-run --out bad
holds stderr 'no-such-run: No such file'
mkfifo pipe
limit=60s expect 3 report pipe --out bad
for option in --baseline --score; do
    limit=60s expect 3 report runs/new --out bad "$option" pipe
    holds stderr 'pipe: '
    checks=$((checks + 1))
    (($(wc -l <stderr) == 1)) || fail "more than one line: $(cat stderr)"
done
expect 0 report <(cat runs/new/record.jsonl) --format json --no-history --out piped.json
: >empty.jsonl
expect 3 report empty.jsonl --out bad
{ head -n 1 runs/new/record.jsonl; printf '%.0s[' {1..5000}; echo; } >deep.jsonl
expect 3 report deep.jsonl --out bad
holds stderr 'deep\.jsonl: line 2, column'
{ head -n 1 runs/new/record.jsonl; printf '{"type":"end","sentence":"\xff"}\n'; } >bytes.jsonl
expect 3 report bytes.jsonl --out bad
holds stderr 'bytes\.jsonl: line 2, column'
sed '3s/"duration_ms":[0-9]*/"duration_ms":9223372036854775807/' runs/new/record.jsonl >huge.jsonl
expect 3 report huge.jsonl --out bad
holds stderr 'huge\.jsonl: line 3: life\.duration_ms is no count'
gone bad

expect 2 report --format pdf
holds stderr "unknown format 'pdf'"
expect 2 report --out
expect 4 report runs/new --out /dev/full

# Many cells and 1,000 findings, in lines as a second of each would leave.
cells=${TS_REPORT_CELLS:-4000}
# Lines are templates whose places (@) are filled, for a substitution in each of 100,000 lines takes minutes.
awk -v cells="$cells" -v findings=1000 '
    NR == 1 { sub(/"cells":10/, "\"cells\":" cells); print }
    /"type":"finding".*000a2/ { finding = $0 }
    /"type":"life","cell":2,"life":1/ { life = $0 }
    /"type":"cell","cell":2,/ { cell = $0 }
    /"type":"end"/ { end = $0 }
    END {
        split("direct locked guarded queued", modes, " ")
        split("plain asan tsan", flavours, " ")
        counters = "\"counters\":{"
        for (i = 0; i < 8; i++) counters = counters "\"a_counter_of_some_length_" i "\":1234,"
        samples = "\"samples\":["
        for (i = 0; i < 16; i++) samples = samples (i ? "," : "") "[" i * 50 "," 4000000 + i * 4096 ",6,5," i % 3 "]"
        sub(/"cell":2,"life":1/, "\"cell\":@,\"life\":0", life)
        sub(/"outcome":"pass"/, "\"outcome\":\"@\"", life)
        sub(/"hazard_count"/, samples "],\"hazard_count\"", life)
        split(life, l, "@")
        sub(/"cell":2,/, "\"cell\":@,", cell)
        sub(/"scenario":"[^"]*"/, "\"scenario\":\"scenario-@\"", cell)
        sub(/"mode":"[^"]*"/, "\"mode\":\"@\"", cell)
        sub(/"flavour":"[^"]*"/, "\"flavour\":\"@\"", cell)
        sub(/"lives":2/, "\"lives\":1", cell)
        sub(/"outcome":"race"/, "\"outcome\":\"@\"", cell)
        sub(/"outcomes":\{[^}]*\}/, "\"outcomes\":{\"@\":1}", cell)
        sub(/"judgement":"violated"/, "\"judgement\":\"@\"", cell)
        sub(/"counters":\{/, counters, cell)
        match(cell, /"findings":\[[^]]*\]/)
        sightings = substr(cell, RSTART + 12, RLENGTH - 13)
        sub(/"findings":\[[^]]*\]/, "\"findings\":[@]", cell)
        split(cell, c, "@")
        split(sightings, s, "0x00000000000000a2")
        sub(/"cell":2/, "\"cell\":@", finding)
        sub(/0x00000000000000a2/, "@", finding); sub(/repro 0x00000000000000a2/, "repro @", finding)
        split(finding, f, "@")
        for (n = 0; n < cells; n++) {
            outcome = "pass"; judgement = "met"; seen = ""
            if (n < findings) {
                signature = sprintf("0x%016x", n + 1000)
                outcome = "race"; judgement = "violated"; seen = s[1] signature s[2]
                print f[1] signature f[2] n f[3] signature f[4]
            }
            print l[1] n l[2] outcome l[3]
            print c[1] n c[2] n % 40 c[3] modes[int(n / 40) % 4 + 1] c[4] flavours[int(n / 160) % 3 + 1] \
                c[5] outcome c[6] outcome c[7] judgement c[8] seen c[9]
        }
        print end
    }' "$golden/record.jsonl" >many.jsonl
began=${EPOCHREALTIME/./}
expect 0 report many.jsonl --out many --no-history
took_ms=$(((${EPOCHREALTIME/./} - began) / 1000))
bytes=$(cat many/report.* | wc -c)
echo "$cells cells, 1,000 findings, $(stat -c %s many.jsonl) bytes of record: $took_ms ms, $bytes bytes of report"
holds stdout '1,000 new findings'
checks=$((checks + 1))
((bytes < 10000000)) || fail "the report has $bytes bytes"
if [[ -n ${TS_REPORT_CELLS:-} ]]; then
    checks=$((checks + 1))
    ((took_ms < 5000)) || fail "the report took $took_ms ms"
fi

finish_checks
