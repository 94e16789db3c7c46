#!/usr/bin/env bash
# Takes one thing at a time away from ci/preflight and ci/setup: each must say so, name what mends it, and exit with 4.
# A machine with nothing taken away must pass.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# All commands of this machine are in bin; what a case takes away goes to taken, what it adds to fakes.
mkdir "$work"/{bin,taken,fakes}
for folder in $(realpath /bin /sbin /usr/bin /usr/sbin | sort -u); do
    ln -sf "$folder"/* "$work/bin/"
done

# fresh_path: as if no case had been.
fresh_path() {
    find "$work/taken" -mindepth 1 -exec mv -t "$work/bin" '{}' +
    find "$work/fakes" -mindepth 1 -delete
}

# take PATTERN: these commands are not there.
take() {
    find "$work/bin" -name "$1" -exec mv -t "$work/taken" '{}' +
}

# fake NAME: an executable in the case's folder, its text on stdin.
fake() {
    { echo '#!/bin/bash'; cat; } >"$work/fakes/$1"
    chmod +x "$work/fakes/$1"
}

# expect CODE REGEX CASE COMMAND...
expect() {
    local code=$1 regex=$2 title=$3 status=0 output
    shift 3
    output=$(env -u CC PATH="$work/fakes:$work/bin" TICKSTORM_MMAP_RND_BITS_FILE="$work/bits" "$@" 2>&1) || status=$?
    if ((status == code)) && grep -Eq -- "$regex" <<<"$output"; then
        echo "ok: $title"
    else
        printf 'FAILED: %s: exit %d (expected %d), expected /%s/ in:\n%s\n' "$title" "$status" "$code" "$regex" "$output"
        failures=$((failures + 1))
    fi
}

preflight=("$BASH" "$TS_ROOT/ci/preflight" --cache "$work/cache")
setup=("$BASH" "$TS_ROOT/ci/setup")
echo 28 >"$work/bits"
clang=$(command -v clang-19 || command -v clang-14 || command -v clang)

fresh_path
expect 0 '^ok +tsan-runtime +builds and runs' "nothing is missing" "${preflight[@]}"
expect 0 '"ok": true, "errors": 0' "nothing is missing, for machines" "${preflight[@]}" --json
expect 2 'unknown argument' "an unknown argument" "${preflight[@]}" --jsno

take 'clang*'
expect 4 '^ERROR +compiler .*install clang-19' "no compiler" "${preflight[@]}"
expect 4 '"ok": false.*' "no compiler, for machines" "${preflight[@]}" --json

fresh_path
take 'llvm-symbolizer*'
expect 4 '^ERROR +llvm-symbolizer .*install llvm-[0-9]+' "no symbolizer" "${preflight[@]}"

fresh_path
take ninja
expect 4 '^ERROR +ninja .*install ninja-build' "no ninja" "${preflight[@]}"

fresh_path
fake pkg-config <<<'[[ $* != *criterion* ]] || exit 1; exec /usr/bin/pkg-config "$@"'
expect 4 '^ERROR +criterion .*install libcriterion-dev' "no Criterion" "${preflight[@]}"

# What the first case remembered must not hide that the runtimes are gone.
fresh_path
fake clang-19 <<<"[[ \$* != -print-resource-dir ]] || { echo '$work/none'; exit; }
[[ \$* != *-fsanitize=thread* ]] || exit 1
exec $clang \"\$@\""
expect 4 '^ERROR +tsan-runtime .*install libclang-rt-[0-9]+-dev' "no ThreadSanitizer runtime" "${preflight[@]}"

fresh_path
fake df <<<'printf "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 9 9 1000 99%% /full\n"'
expect 4 '^ERROR +free disk .*on /full' "a full disk" "${preflight[@]}"

fresh_path
take 'clang*'
fake clang-14 <<<"[[ \$1 != --version ]] || { echo 'Debian clang version 14.0.6'; exit; }; exec $clang \"\$@\""
fake llvm-symbolizer-14 </dev/null
expect 0 '^note +compiler .*clang-19 is preferred' "clang 14 where its ThreadSanitizer runs" "${preflight[@]}"
echo 32 >"$work/bits"
expect 4 '^ERROR +vm.mmap_rnd_bits .*sysctl -w vm.mmap_rnd_bits=28' "clang 14 with 32 bits" "${preflight[@]}"
fresh_path
fake clang-19 <<<"[[ \$1 != --version ]] || { echo 'clang version 19.1.7'; exit; }; exec $clang \"\$@\""
fake llvm-symbolizer-19 </dev/null
expect 0 '^ok +vm.mmap_rnd_bits +32' "clang 19 with 32 bits" "${preflight[@]}"

# ci/setup sees the package database and apt through these; none of the cases installs.
if command -v dpkg-query >/dev/null; then
    fresh_path
    fake apt-get <<<"echo \"\$*\" >>'$work/apt'"
    fake sudo <<<'exit 1'
    all=$(awk '/^build/ { print "installed " $2 }' "$TS_ROOT/ci/packages.txt")
    fake dpkg-query <<<"printf '%s\n' '$all'"
    expect 0 'nothing is missing' "set-up with everything there" "${setup[@]}"
    fake dpkg-query <<<"printf '%s\n' '${all/installed gdb/config-files gdb}'"
    if ((EUID == 0)); then
        expect 0 'installing gdb$' "set-up as root installs what is missing" "${setup[@]}"
        expect 0 'install -y --no-install-recommends gdb$' "and nothing else" cat "$work/apt"
        fake apt-get <<<'exit 100'
        expect 4 'apt-get update failed' "set-up without archives" "${setup[@]}"
    else
        expect 4 'as root run: apt-get update && apt-get install .* gdb$' "set-up without root" "${setup[@]}"
    fi
fi

((failures == 0)) || die "$EXIT_FINDINGS" "$failures case(s) failed"
