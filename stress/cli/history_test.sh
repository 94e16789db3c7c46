#!/usr/bin/env bash
# Usage: history_test.sh TICKSTORM
#
# history, show, compare and merge on records written by hand. Prints each check that failed.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: history_test.sh TICKSTORM" >&2; exit 2; }
tickstorm=$(realpath "$1")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset TICKSTORM_HISTORY
export NO_COLOR=1
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

race=0xab00000000000001 other=0xab00000000000002

# finding SIGNATURE KIND TITLE
finding() {
    local frames='{"function":"f","file":"a.c","line":7,"module":"m","offset":"0x1","own":true},{"function":"","file":"","line":0,"module":"libx.so","offset":"0x2f","own":false}'
    echo "{\"type\":\"finding\",\"signature\":\"$1\",\"kind\":\"$2\",\"title\":\"$3\",\"description\":\"data-race\",\"location\":\"heap block of 96 bytes\",\"lifetime\":true,\"cell\":0,\"life\":0,\"command\":\"tickstorm repro $1\",\"stacks\":[{\"role\":\"access\",\"text\":\"write of 8 bytes by T1\",\"thread\":\"T1\",\"frames\":[$frames]},{\"role\":\"access\",\"text\":\"read of 8 bytes by T2\",\"thread\":\"T2\",\"frames\":[{\"function\":\"g\",\"file\":\"b.c\",\"line\":9,\"module\":\"m\",\"offset\":\"0x3\",\"own\":true}]}]}"
}

# record FOLDER ID DAY SIGNATURE FAILING LIVES: a run whose first lives show the finding; without its end line.
record() {
    local folder=$1 id=$2 day=$3 signature=$4 failing=$5 lives=$6 i
    mkdir -p "$folder"
    {
        echo "{\"type\":\"run\",\"format\":2,\"id\":\"$id\",\"tool\":\"tickstorm 0.1.0\",\"kind\":\"run\",\"command\":\"c\",\"started\":\"2026-01-0${day}T00:00:00Z\",\"seed\":\"0x1\",\"commit\":\"abc1234\",\"dirty\":false,\"machine\":{\"cores\":2},\"toolchain\":\"clang\",\"source\":\"synthetic\",\"budget_ms\":1,\"cells\":1}"
        finding "$signature" race 'f / \u001b[2Jg'
        for ((i = 0; i < lives; i++)); do
            local life="{\"type\":\"life\",\"cell\":0,\"life\":$i,\"seed\":\"0x$i\",\"started_ms\":$i,\"duration_ms\":1"
            if ((i < failing)); then
                echo "$life,\"outcome\":\"race\",\"reports\":[{\"kind\":\"race\",\"title\":\"f\",\"signature\":\"$signature\",\"count\":3}]}"
            else
                echo "$life,\"outcome\":\"pass\",\"reports\":[]}"
            fi
        done
        echo "{\"type\":\"cell\",\"cell\":0,\"scenario\":\"queue-overflow\",\"mode\":\"direct\",\"flavour\":\"tsan\",\"seed\":\"0x1\",\"lives\":$lives,\"restarts\":0,\"elapsed_ms\":9,\"outcome\":\"race\",\"outcomes\":{\"race\":$failing,\"pass\":$((lives - failing))},\"hazard_count\":1,\"command\":\"c\"}"
    } >"$folder/record.jsonl"
}
end='{"type":"end","verdict":"findings","sentence":"s","interrupted":false,"elapsed_ms":5}'

record runs/a 20260101-a 1 $race 10 10
echo "$end" >>runs/a/record.jsonl
record runs/b 20260102-b 2 $race 1 10
echo "$end" >>runs/b/record.jsonl
record runs/c 20260103-c 3 $other 2 10
printf '{"type":"resume","started":"t","at_ms":3}\n{"type":"end","ver' >>runs/c/record.jsonl
mv runs/c/record.jsonl runs/c/record.jsonl.partial

# No history, no folder, nothing in it, bad arguments.
expect 3 history
holds stderr 'no history yet; make it with: tickstorm history import DIR'
gone runs/history.db
expect 3 show 0xab
expect 3 history import no-such
mkdir nothing
expect 3 merge nothing
holds stderr 'no record.jsonl here'
expect 2 merge
expect 2 show
expect 2 show 0x
expect 2 show 0xzz
expect 2 compare one
expect 2 history runs
holds stderr "did you mean 'import runs'"
expect 2 history --limit 0
expect 2 history --colour
rm -f runs/history.db*

# Import, then list; twice is once.
for _ in 1 2; do
    expect 0 history import runs
    holds stdout '^20260103-c .* abc1234 +1 +10 +1  partial'
    holds stdout '^20260101-a .* 1 +10 +1  findings'
    holds stderr '20260103-c .* is partial: it was killed, or goes on'
    checks=$((checks + 1))
    (($(wc -l <stdout) == 4)) || fail "history lists: $(cat stdout)"
done
exists runs/history.db
expect 0 history --limit 1
lacks stdout 20260101-a
expect 0 history --json
holds stdout '"id":"20260103-c".*"lives":10,"findings":1,"whole":false,"verdict":null'
expect 0 history --findings
holds stdout "^$race  race +11 +2  2026-01-01T00:00:00Z  2026-01-02T00:00:00Z  f /"
holds stdout "^$other  race +2 +1 "
lacks stdout $'\x1b'

# One finding.
expect 0 show ab00000000000001
holds stdout "^title +f / "
holds stdout 'location  heap block of 96 bytes'
holds stdout '^write of 8 bytes by T1 \| read of 8 bytes by T2'
holds stdout '#0 f a.c:7 +\|   #0 g b.c:9'
holds stdout '#1 \?\? libx.so\+0x2f'
holds stdout '^first +2026-01-01T00:00:00Z in run 20260101-a'
holds stdout '^last +2026-01-02T00:00:00Z in run 20260102-b'
holds stdout 'queue-overflow +direct +tsan +11 of 30 lives, 21.9 to 54.5 %'
holds stdout "^repeat +tickstorm repro $race"
lacks stdout $'\x1b'
expect 0 show $race --json
holds stdout '"finding":\{"type":"finding".*"cells":\[\{"scenario":"queue-overflow".*"shown":11,"lives":30,"low":0.21'
expect 2 show 0xab
holds stderr "the start of 2 findings"
holds stderr "$other"
expect 3 show 0xcd
holds stderr "no finding '0xcd'"

# Two runs.
expect 0 compare 20260101 20260102-b
holds stdout 'A 10 of 10 lives, .*; B 1 of 10 lives, .*; p = 0.000119, differ'
holds stdout 'Findings in both: 1'
holds stdout 'Findings only in A: 0'
expect 0 compare runs/b 20260103-c
holds stdout '20260103-c.*, partial'
holds stdout '; p = 1$'
holds stdout 'Findings only in A: 1'
holds stdout 'Findings only in B: 1'
expect 0 compare 20260101 20260102 --json
holds stdout '"failed_a":10,"lives_a":10,"failed_b":1,.*"p":0.000119.*"differ":true'
expect 2 compare 2026 20260102
holds stderr 'the start of 3 runs'
expect 3 compare 1999 20260102

# A folder's record is taken as it is, whatever the history has of its run, and leaves the history alone.
mkdir copy
sed 's/"outcome":"pass","reports":\[\]/"outcome":"hang","reports":[]/' runs/b/record.jsonl >copy/record.jsonl
cp runs/history.db before.db
expect 0 compare 20260101 copy
holds stdout 'A 10 of 10 lives, .*; B 10 of 10 lives'
expect 3 compare copy runs/b
holds stderr 'copy and runs/b are one run'
expect 0 compare runs/a copy --history none.db
holds stdout 'B 10 of 10 lives'
gone none.db
checks=$((checks + 1))
cmp -s runs/history.db before.db || fail "compare wrote to the history"

# A history where nothing can be written, which root's rights would hide.
if (($(id -u) != 0)); then
    as_nobody=(env)
else
    as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
cp "$tickstorm" mine
chmod 755 . mine
if "${as_nobody[@]}" ./mine --version >/dev/null 2>&1; then
    mkdir 'read only'
    cp runs/history.db 'read only/a?%b.db'
    chmod 444 'read only/a?%b.db'
    chmod 555 'read only'
    for question in history "show $race" "compare 20260101 20260102"; do
        checks=$((checks + 1))
        # shellcheck disable=SC2086 # words, on purpose
        "${as_nobody[@]}" ./mine $question --history 'read only/a?%b.db' >stdout 2>stderr ||
            fail "$question, where nothing can be written: $(cat stderr)"
        holds stdout '2026010[12]-[ab]'
    done
    checks=$((checks + 1))
    (($(find 'read only' -type f | wc -l) == 1)) || fail "something was written: $(ls 'read only')"
    chmod 755 'read only'
else
    echo "root's rights cannot be given up: a history that cannot be written was not tried"
fi

# Merging: several folders, a record that goes on, one that is broken.
expect 0 merge runs/a runs/c --history all.db
holds stdout '^runs merged +2$'
holds stdout 'new +2$'
holds stdout 'partial +1$'
holds stdout 'lives added +20$'
holds stdout 'distinct signatures +2 '
sed -i '$d' runs/c/record.jsonl.partial
echo "$end" >>runs/c/record.jsonl.partial
mv runs/c/record.jsonl.partial runs/c/record.jsonl
mkdir -p runs/d
{ cat runs/a/record.jsonl; echo nonsense; } | sed 's/20260101-a/20260104-d/' >runs/d/record.jsonl
TICKSTORM_HISTORY=all.db expect 3 merge runs
holds stdout 'new +1$'
holds stdout 'known already +2$'
holds stdout 'partial +0$'
holds stdout 'lives added +10$'
holds stdout 'records refused +1$'
holds stderr 'runs/d/record.jsonl'
expect 0 history --history all.db
lacks stdout 20260104-d # all or nothing
expect 0 history --history all.db
holds stdout '^20260103-c .*  findings'

# The same cell under faults is another cell.
mkdir -p faulted
record faulted/f 20260104-f 4 $race 5 10
sed -i 's/"hazard_count":1,/"hazard_count":1,"faults":"queue.push.full: 5%return",/' faulted/f/record.jsonl
echo "$end" >>faulted/f/record.jsonl
expect 0 history import runs/a faulted --history faulted.db
expect 0 history --history faulted.db
holds stdout '^20260104-f .* faults queue.push.full: 5%return'
lacks stdout '^20260101-a .* faults'
expect 0 show 0xab --history faulted.db
holds stdout 'queue-overflow +direct +tsan +10 of 10 lives'
holds stdout 'queue-overflow +direct +tsan +5 of 10 lives'
holds stdout '^    faults queue.push.full: 5%return'
expect 0 compare 20260101 20260104 --history faulted.db
holds stdout '^  queue-overflow direct tsan$'
holds stdout '^  queue-overflow direct tsan, faults queue.push.full: 5%return$'
lacks stdout 'differ$'
expect 0 compare 20260104 faulted/f/../../runs/a --history faulted.db --json
holds stdout '"faults":"queue.push.full: 5%return"'

# A file that is no history stays as it is.
printf 'not a database %s\n' {1..100} >notes
cp notes notes.before
expect 3 history --history notes
expect 3 merge runs --history notes
checks=$((checks + 1))
cmp -s notes notes.before || fail "a file that is no history was written to"

finish_checks
