#!/usr/bin/env bash
# Usage: invisible_test.sh LIBRARY WRAPS
#
# The scheduler's runtime calls nothing that a sanitizer intercepts, and the list of what the linker wraps names
# exactly what the runtime wraps.

set -euo pipefail
library=$1 wraps=$2
failed=0

# What it may take from outside: its own, what it wraps, and calls of libc that no sanitizer intercepts or that make no
# order (a thread's own identity and attributes, the address of errno).
allowed='^(ts_|__real_|__wrap_|__tsan_(acquire|release|func_entry|func_exit|read1_pc|write_range_pc)$|__tls_get_addr$|_GLOBAL_OFFSET_TABLE_$|getauxval$|__errno_location$|pthread_(self|getspecific|setspecific|attr_getdetachstate|condattr_getclock|mutexattr_(init|settype))$|_Unwind_Resume$|__gcc_personality_v0$)'
while read -r symbol; do
    if [[ ! $symbol =~ $allowed ]]; then
        echo "the runtime calls $symbol"
        failed=1
    fi
done < <(nm "$library" | awk '$1 == "U" || $1 == "w" { print $2 }' | sort -u)

if ! diff <(nm "$library" | awk '$2 == "T" && $3 ~ /^__wrap_/ { sub(/^__wrap_/, "", $3); print $3 }' | sort -u) <(sort -u "$wraps"); then
    echo "$wraps does not name what the runtime wraps (< runtime, > list)"
    failed=1
fi
exit "$failed"
