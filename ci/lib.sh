# shellcheck shell=bash
# Shared by the bash scripts of ci/ (sourced, never run): the checkout's root, exit codes, printing, steps, locks.
# Everything said here goes to stderr, so that a script's stdout holds only its result.

export LC_ALL=C
TS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The project's exit codes (0: as expected, 3: bad input, 5: inconclusive are the command's own).
# shellcheck disable=SC2034 # each script uses some of them
readonly TS_ROOT EXIT_FINDINGS=1 EXIT_USAGE=2 EXIT_ENVIRONMENT=4 EXIT_INTERNAL=6 EXIT_INTERRUPTED=130

trap 'exit $EXIT_INTERRUPTED' INT

bold='' red='' plain=''
if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
fi

say() {
    printf '%s\n' "$*" >&2
}

# die CODE TEXT...
die() {
    local code=$1
    shift
    say "${red}${0##*/}: $*${plain}"
    exit "$code"
}

# A script's leading comment is its manual.
help() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# steps_begin COUNT, then step TEXT for each: "==> [2/4] Check the machine (3 s)".
steps_begin() {
    steps_total=$1 steps_done=0
    SECONDS=0
}

step() {
    steps_done=$((steps_done + 1))
    say "${bold}==> [$steps_done/$steps_total] $* (${SECONDS} s)${plain}"
}

# lock_folder -x|-s FOLDER: holds the folder on descriptor 9 until the script ends. Commands started under it get
# 9<&-, so that nothing they leave behind can keep the lock.
lock_folder() {
    mkdir -p "$2"
    exec 9<"$2"
    if ! flock -n "$1" 9; then
        say "waiting: another run is using ${2#"$TS_ROOT"/} ..."
        flock "$1" 9
    fi
}

# tracked_files PATTERN...: paths below the current folder, from git where it knows the tree, else from find.
tracked_files() {
    local pattern path
    if git ls-files --error-unmatch CMakeLists.txt >/dev/null 2>&1; then
        git ls-files -- "$@"
    else
        for pattern in "$@"; do
            find . -type d \( -name 'build*' -o -name .git -o -name runs \) -prune -o -type f -path "./$pattern" -print
        done | sed 's|^\./||' | sort -u
    fi | while read -r path; do
        # Git also lists what was deleted and not yet committed.
        if [[ -f $path ]]; then printf '%s\n' "$path"; fi
    done
}
