#!/usr/bin/env bash
# Usage: disk_full_test.sh TICKSTORM
#
# A small disk fills up under a run, and under its history: the run stops with exit code 4 and names the place, keeps
# what it had, and goes on when there is room again; a history that has no room costs the run nothing.
#
# Exit codes: 0 all held, 1 some did not, 2 usage, 77 skipped: this user may not mount a file system.

set -euo pipefail
(($# == 1)) || { echo "usage: disk_full_test.sh TICKSTORM" >&2; exit 2; }
if [[ -z ${TS_OWN_MOUNTS:-} ]]; then
    unshare -m true 2>/dev/null || { echo "skipped: mounts of one's own take root"; exit 77; }
    TS_OWN_MOUNTS=1 exec unshare -m bash "$0" "$@"
fi
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1")
work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"
mkdir disk
mount -t tmpfs -o size=4m none disk 2>/dev/null || { echo "skipped: tmpfs cannot be mounted"; exit 77; }

# Until dd fails, as it must; a disk that is not full then fails the checks that follow.
fill() { dd if=/dev/zero of=disk/fill bs=4k oflag=append conv=notrunc 2>/dev/null || true; }

# No room from the start: nothing is left behind.
fill
expect 4 run depth-flood --for 1s --quiet --no-history --out disk/none
holds stderr 'disk/none.*No space left'
gone disk/none/record.jsonl
rm disk/fill

# It fills up after the first of nine cells, and stays full. What a worker gives back when it ends is taken again within
# milliseconds; one line of the record may be faster than that, not eight cells.
(
    while ! grep -qs '"type":"cell"' disk/run/record.jsonl.partial; do sleep 0.02; done
    until [[ -e ended ]]; do fill; done
) &
expect 4 run depth-flood --mode locked,guarded,queued --flavour all --for 400ms --seed 5 --quiet --no-history --out disk/run
touch ended
wait
holds stderr 'disk/run/.*No space left'
holds disk/run/record.jsonl.partial '^\{"type":"cell","cell":0,.*\}$'
gone disk/run/record.jsonl
rm disk/fill
expect 0 resume disk/run --quiet
holds disk/run/record.jsonl '^\{"type":"cell","cell":8,'
holds disk/run/record.jsonl '^\{"type":"end"'
rm -r disk/run

# The history is an index: the record is whole without it.
fill
expect 0 run depth-flood --for 300ms --quiet --history disk/history.db --out elsewhere
holds stderr 'disk/history.db'
holds elsewhere/record.jsonl '^\{"type":"end"'

# A report that has no room: what was there stays, and nothing half is left.
rm disk/fill
mkdir disk/report
echo before >disk/report/report.html
fill
expect 4 report elsewhere --no-history --out disk/report
holds stderr 'report\.html: .*No space left'
holds disk/report/report.html '^before$'
checks=$((checks + 1))
! compgen -G 'disk/report/*.partial*' || fail "a part of a report is left"

finish_checks
