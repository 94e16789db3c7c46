#!/usr/bin/env bash
# Usage: probe_free_test.sh SOURCE BUILD OBJDUMP
#
# Probes are free where they are off: the machine code of each bare object that has probes in its source is that of the
# same source with the probes deleted, relocations and all. The deleting is done here, on the text, so that it does not
# rest on the macros. A plain object, in which probes are on, must differ, else the comparison sees nothing.
#
# And each point of the catalog stands somewhere (those of calls to libc apart, which are the worker's).

set -euo pipefail
source=$1 build=$2 objdump=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'FAIL: %s\n' "$*" >&2
    exit 1
}

while read -r point; do
    grep -rqE "TS_PROBE(_PAUSE)?\($point\)" "$source/lib" || fail "no site has the point $point of the catalog"
done < <(grep -oE 'X\([A-Z][A-Z_]+' "$source/lib/base/probe_points.h" | sed 's/X(//' | grep -vE '^(CALL_|ID$)')

cp -r "$source/lib" "$work/lib"
mapfile -t files < <(cd "$work" && grep -lE 'TS_PROBE(_PAUSE|_CHILD|_BEGIN)?\(' lib/*/*.[ch] | grep -vE '/probe\.[ch]$')
((${#files[@]} >= 10)) || fail "only ${#files[@]} files with probes found"
for file in "${files[@]}"; do
    # Emptied lines stay: an assertion's line number is code.
    sed -i -E \
        -e 's/^ *#include "base\/probe\.h"$//' \
        -e 's/^ *TS_PROBE_(PAUSE|CHILD|BEGIN)\(.*\);$//' \
        -e 's/TS_PROBE\([A-Z_]+\) \? [A-Z0-9]+ : //' \
        -e 's/TS_PROBE\([A-Z_]+\) \|\|//' \
        -e 's/ \|\| TS_PROBE\([A-Z_]+\)//' \
        -e '/^ *if \(TS_PROBE\([A-Z_]+\)\) \{$/,/^ *\}$/s/.*//' "$work/$file"
    ! grep -n 'TS_PROBE' "$work/$file" || fail "$file: a probe in a form that this test cannot delete"
done

# What compiles the bare objects, asked for once: ninja takes its time to read the build.
(cd "$build" && find lib -path '*.bare.dir/*.o') >"$work/objects"
xargs ninja -C "$build" -t commands <"$work/objects" >"$work/commands"

# compile_deleted OBJECT OUTPUT: the object's own command, from the copy.
compile_deleted() {
    local object=$1 command
    command=$(grep -F -- " -o $object " "$work/commands" | tail -n 1)
    command=${command//"$source/lib"/"$work/lib"}
    command=${command//"-ffile-prefix-map=$source/="/"-ffile-prefix-map=$work/="}
    command=${command//" -o $object "/" -o $2 "}
    command=$(sed -E 's/ -MD -MT [^ ]+ -MF [^ ]+//' <<<"$command")
    (cd "$build" && eval "$command")
}

# codes KIND OBJECT...: their machine code, as NUMBER.KIND in the work folder, read by one process: to start it takes
# longer than to read an object.
codes() {
    "$objdump" -dr --no-show-raw-insn "${@:2}" |
        awk -v prefix="$work/" -v suffix=".$1" '/file format/ { file = prefix (n++) suffix; printf "" >file; next } file { print >file }'
}

bare=() plain=() deleted=() names=()
for file in "${files[@]}"; do
    [[ $file == *.c ]] || continue
    object=$(grep -F -- ".bare.dir/$(basename "$file").o" "$work/objects" | head -n 1) || fail "$file: no bare object"
    names+=("$file") bare+=("$build/$object") plain+=("$build/${object/.bare.dir/.plain.dir}")
    deleted+=("$work/deleted.${#deleted[@]}.o")
    compile_deleted "$object" "${deleted[-1]}"
done
codes bare "${bare[@]}"
codes plain "${plain[@]}"
codes deleted "${deleted[@]}"
hidden=0
for i in "${!names[@]}"; do
    [[ -s $work/$i.deleted ]] || fail "${names[i]}: no code"
    cmp -s "$work/$i.bare" "$work/$i.deleted" ||
        fail "${names[i]}: with probes off its code is not what it is without them: $(diff "$work/$i.bare" \
            "$work/$i.deleted" | head -n 5)"
    if cmp -s "$work/$i.plain" "$work/$i.deleted"; then hidden=$((hidden + 1)); fi
done
((hidden == 0)) || fail "$hidden objects with probes on have the code of those without"
printf 'probes off: %d objects, machine code equal to that of the source without probes\n' "${#names[@]}"
