#!/usr/bin/env bash
# Usage: resume_test.sh TICKSTORM FAKE_WORKER
#
# Runs whose supervisor is killed at random moments, resumed until they end: each life is recorded once, nothing is
# left behind, and the history counts as if nobody had been killed. KILLS in the environment: how many (15); SEED:
# repeats the moments.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: resume_test.sh TICKSTORM FAKE_WORKER" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for flavour in plain asan tsan explore; do
    mkdir -p "workers/$flavour"
    cp "$fake" "workers/$flavour/tickstorm-worker"
    : >"workers/$flavour/libsignal.so"
done
export TICKSTORM_WORKERS=$work/workers NO_COLOR=1
unset TICKSTORM_HISTORY
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

seed=${SEED:-$RANDOM} wanted=${KILLS:-15} kills=0 partials=0
echo "SEED=$seed KILLS=$wanted"
RANDOM=$seed

# no_workers WHEN: within 2 s.
no_workers() {
    checks=$((checks + 1))
    for _ in {1..40}; do
        if ! pgrep -f "$work/workers" >/dev/null; then return; fi
        sleep 0.05
    done
    fail "$1: workers live on: $(pgrep -af "$work/workers")"
}

# has_begun FOLDER: its record has the line of the run.
has_begun() {
    [[ -s $1/record.jsonl.partial ]] && grep -q '^{"type":"run".*}$' "$1/record.jsonl.partial"
}

# once FOLDER ARGUMENTS...: runs the command and, while there are kills left, kills it. Sets code.
once() {
    local folder=$1 pid
    shift
    code=0
    "$tickstorm" "$@" >stdout 2>stderr &
    pid=$!
    if ((kills < wanted)); then
        # Mostly when the record has begun, however long a busy machine takes for that; else at any moment.
        if ((RANDOM % 4 > 0)); then
            until has_begun "$folder" || [[ -z $(jobs -rp) ]]; do sleep 0.02; done
        fi
        sleep "0.$(printf '%03d' $((RANDOM % 500)))"
        kill -KILL $pid 2>/dev/null || true # it may have ended: the next line tells
    fi
    wait $pid 2>/dev/null || code=$?
    if ((code != 137)); then return; fi
    kills=$((kills + 1))
    no_workers "kill $kills"
    if has_begun "$folder"; then
        partials=$((partials + 1))
        expect 0 history import "$folder" --history often.db
    fi
}

# whole FILE: each life once and counted from 0, each cell once and with as many lives, one run line and one end line.
whole() {
    checks=$((checks + 1))
    awk '
        { if ($0 !~ /^\{.*\}$/) wrong("line " NR " is broken") }
        function wrong(what) { print what; bad = 1 }
        function member(name,   text) {
            if (!match($0, "\"" name "\":[0-9]+")) { wrong("line " NR " lacks " name); return -1 }
            text = substr($0, RSTART, RLENGTH); sub(/.*:/, "", text); return text + 0
        }
        /^\{"type":"run"/ { runs++; cells = member("cells") }
        /^\{"type":"end"/ { ends++; last = NR }
        /^\{"type":"life"/ {
            cell = member("cell"); life = member("life")
            if (life != lives[cell] + 0) wrong("cell " cell ": life " life " after " lives[cell] + 0 " lives")
            if (done[cell]) wrong("cell " cell ": a life after its end")
            lives[cell]++
        }
        /^\{"type":"cell"/ {
            cell = member("cell")
            if (done[cell]++) wrong("cell " cell " ended twice")
            if (member("lives") != lives[cell]) wrong("cell " cell " counts other lives than " lives[cell])
            ended++
        }
        END {
            if (runs != 1 || ends != 1 || last != NR) wrong(runs + 0 " run lines, " ends + 0 " end lines")
            if (ended != cells) wrong(ended + 0 " of " cells " cells")
            exit bad
        }' "$1" >why || fail "$1: $(cat why)"
}

# round NUMBER HOW CODE: one run, killed and resumed until it ends with the code.
round() {
    local folder=round-$1 wanted_code=$3 code resumed=0
    once "$folder" run destroy-mid-callback queue-overflow --mode locked,queued --flavour plain,tsan --for 500ms \
        --set "order=$2" --out "$folder" --quiet --history often.db
    while ((code == 137 && resumed++ < 200)); do
        if [[ ! -e $folder/record.jsonl ]] && ! has_begun "$folder"; then
            # killed before its first line: nothing to go on with, and that is what it says
            expect 3 resume "$folder"
            rm -rf "$folder"
            return
        fi
        once "$folder" resume "$folder" --quiet
    done
    checks=$((checks + 1))
    ((code == wanted_code)) || fail "$folder: exit code $code, not $wanted_code: $(tail -n 3 stderr)"
    exists "$folder/record.jsonl"
    gone "$folder/record.jsonl.partial"
    gone "$folder/scratch"
    whole "$folder/record.jsonl"
    ends+=("$folder")
}

ends=()
for ((i = 1; kills < wanted && i <= wanted * 2; i += 2)); do
    round $i short 0
    round $((i + 1)) fail 1
done
checks=$((checks + 1))
((kills == wanted && partials * 2 > kills)) || fail "only $kills kills, $partials of them with a partial record"

# Taken in bit by bit, or once: the same history.
expect 0 history import "${ends[@]}" --history often.db
expect 0 history import "${ends[@]}" --history often.db
expect 0 history import "${ends[@]}" --history final.db
for what in "" --findings; do
    for db in often final; do
        # shellcheck disable=SC2086 # none or one word
        expect 0 history $what --json --limit 10000 --history $db.db
        tr '}' '\n' <stdout | sed 's/^[[,]*//' | sort >"$db.list"
    done
    checks=$((checks + 1))
    cmp -s often.list final.list || fail "history $what differs: $(diff often.list final.list | head -n 6)"
done
holds final.list '"signature"'
if command -v sqlite3 >/dev/null; then
    tables=$(sqlite3 final.db "select name from sqlite_master where type='table' and name not like 'sqlite_%'")
    checks=$((checks + 1))
    [[ -n $tables ]] || fail "the history has no table"
    for table in $tables; do
        checks=$((checks + 1))
        often=$(sqlite3 often.db "select count(*) from \"$table\"")
        final=$(sqlite3 final.db "select count(*) from \"$table\"")
        [[ $often == "$final" ]] || fail "table $table: $often rows when taken in often, $final at once"
    done
    checks=$((checks + 1))
    lives=$(cat round-*/record.jsonl | grep -c '^{"type":"life"')
    [[ $(sqlite3 final.db 'select count(*) from lives') == "$lives" ]] || fail "the history has not $lives lives"
fi

# What cannot be resumed.
"$tickstorm" run destroy-mid-callback --for 3s --out going --quiet --no-history >going.stdout 2>&1 &
going=$!
for _ in {1..100}; do
    if [[ -s going/record.jsonl.partial ]]; then break; fi
    sleep 0.02
done
expect 2 resume going
holds stderr 'its run is still going on'
expect 0 history import going --history going.db
kill -KILL $going
wait $going 2>/dev/null || true # killed
no_workers going
expect 0 resume going --quiet
whole going/record.jsonl
one_line() {
    checks=$((checks + 1))
    (($(wc -l <stderr) == 1)) || fail "more or less than one line: $(cat stderr)"
}
cp going/record.jsonl whole.jsonl
expect 0 resume going
holds stderr 'this run has ended'
cmp -s going/record.jsonl whole.jsonl || fail "resuming a run that has ended changed its record"

# Killed between the last line and the record's name, and a last line of which only the newline is missing.
mv going/record.jsonl going/record.jsonl.partial
expect 0 resume going --quiet
cmp -s going/record.jsonl whole.jsonl || fail "a record that lacked nothing but its name was changed"
head -c -1 whole.jsonl >going/record.jsonl.partial
rm going/record.jsonl
expect 0 resume going --quiet
whole going/record.jsonl
checks=$((checks + 2))
mkdir empty
expect 3 resume empty
one_line
expect 3 resume no-such
one_line
expect 2 resume
expect 2 resume --all

# appears FILE PATTERN: within 10 s.
appears() {
    for _ in {1..500}; do
        if grep -q "$2" "$1" 2>/dev/null; then return; fi
        sleep 0.02
    done
}

# plan SCENARIO MODE FOR
plan() {
    printf 'name: p\nbudget: 4s\nseed: 7\nsets:\n  - name: s\n    scenarios: [%s]\n    modes: [%s]\n    flavours: [plain, tsan]\n    for: %s\n' "$@"
}
plan destroy-mid-callback queued 900ms >plan.yaml
"$tickstorm" gate --plan plan.yaml --out changed --quiet --no-history >stdout 2>&1 &
gate=$!
appears changed/record.jsonl.partial '"type":"cell"'
kill -KILL $gate
wait $gate 2>/dev/null || true # killed
holds changed/record.jsonl.partial '"type":"cell"'
plan destroy-mid-callback locked 900ms >plan.yaml
expect 3 resume changed --quiet
holds stderr 'other cells than its arguments make now'
plan 'destroy-mid-callback, queue-overflow' queued 900ms >plan.yaml
expect 3 resume changed --quiet
# The same cells, held to something else or run otherwise.
plan destroy-mid-callback queued 900ms >plan.yaml
cp plan.yaml same.yaml
# shellcheck disable=SC2016 # sed's $, the last line
for change in 's/900ms/950ms/' '$a\    allowed: [hang]' '$a\    weight: 2' '$a\    lives: 9' '$a\    settings: [order=short]' \
    's/name: s/name: t/'; do
    sed "$change" same.yaml >plan.yaml
    expect 3 resume changed --quiet
    holds stderr 'what they are held to or how they run has changed since'
done
cp same.yaml plan.yaml
SIGNAL_LIB_PATH=$work/other.so expect 3 resume changed --quiet
holds stderr 'how they run has changed since'
expect 4 resume changed --quiet # its workers are fake, as the preflight tells
whole changed/record.jsonl
exists changed/gate.json
sed 's/900ms/950ms/' same.yaml >plan.yaml
expect 3 resume changed --quiet # also when it is whole: it would be judged again
cp same.yaml plan.yaml

# Changed before its first cell had ended, with as many cells.
plan destroy-mid-callback queued 900ms >plan.yaml
sed -i 's/    for/    settings: [order=short]\n    for/' plan.yaml
"$tickstorm" gate --plan plan.yaml --out early --quiet --no-history >stdout 2>&1 &
gate=$!
appears early/record.jsonl.partial '"type":"life"'
kill -KILL $gate
wait $gate 2>/dev/null || true # killed
holds early/record.jsonl.partial '"type":"life"'
lacks early/record.jsonl.partial '"type":"cell"'
sed -i 's/queued/locked/' plan.yaml
expect 3 resume early --quiet
holds stderr 'other cells than its arguments make now'

# Two runs at once into one history.
for i in 1 2; do
    "$tickstorm" run destroy-mid-callback --for 500ms --set order=short --out "twin-$i" --quiet --history twins.db \
        >"twin-$i.out" 2>"twin-$i.err" &
    eval "twin$i=$!"
done
checks=$((checks + 2))
# shellcheck disable=SC2154 # set by eval
wait "$twin1" || fail "first of two runs: $(cat twin-1.err)"
# shellcheck disable=SC2154
wait "$twin2" || fail "second of two runs: $(cat twin-2.err)"
expect 0 history --json --history twins.db
checks=$((checks + 1))
(($(grep -o '"id":' stdout | wc -l) == 2)) || fail "two runs at once: $(cat stdout)"
checks=$((checks + 1))
! grep -qiE "busy|locked" twin-1.err twin-2.err || fail "the history was busy"

no_workers "the end"
finish_checks
