#!/usr/bin/env bash
# Plants one breach of each rule into a small tree: ci/style must find it and name its place. The same tree without a
# breach, with everything that only looks like one, must be clean.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Keeps git from taking a checkout above the temporary folder for this tree's.
export GIT_CEILING_DIRECTORIES=$work
failures=0

# plant PATH: a file of the tree, its text on stdin.
plant() {
    mkdir -p "$(dirname "$work/tree/$1")"
    cat >"$work/tree/$1"
}

clean_tree() {
    rm -rf "$work/tree"
    plant CMakeLists.txt </dev/null
    plant lib/base/probe.h </dev/null
    plant lib/base/err.h </dev/null
    plant lib/include/wingchun.h </dev/null
    plant faults/plan.h <<<'#include "base/probe.h"'
    plant faults/fuzz/record.c <<<'#include "reports/record.h"'
    plant reports/record.h <<<'#include "base/err.h"'
    plant stress/worker/main.c <<<$'#include "faults/plan.h"\n#include "base/err.h"\n#include "reports/record.h"'
    plant lib/queue/ring.h <<'C'
#include "wingchun.h"
/* No atomic_thread_fence here,
 * no volatile either. */
static inline const char *word(void) // volatile
{
    __asm__ volatile("pause");
    return "volatile";
}
C
}

# expect CODE REGEX CASE, for the tree as it is; the next case starts from a clean one.
expect() {
    local code=$1 regex=$2 title=$3 status=0 output
    output=$("$BASH" "$TS_ROOT/ci/style" "$work/tree" 2>&1) || status=$?
    if ((status == code)) && grep -Eq -- "$regex" <<<"$output"; then
        echo "ok: $title"
    else
        printf 'FAILED: %s: exit %d (expected %d), expected /%s/ in:\n%s\n' "$title" "$status" "$code" "$regex" "$output"
        failures=$((failures + 1))
    fi
    clean_tree
}

clean_tree
expect 0 'clean \([1-9]' "a clean tree"
plant lib/base/up.c <<<'#include "faults/plan.h"'
expect 1 '^lib/base/up.c:1: lib may not include faults/plan.h' "lib includes faults"
plant lib/base/up.c <<<$'\n#  include <reports/record.h>'
expect 1 '^lib/base/up.c:2: lib may not include reports/record.h' "lib includes reports, by angle brackets"
plant stress/worker/cell.h </dev/null
plant lib/base/up.c <<<'#include "worker/cell.h"'
expect 1 '^lib/base/up.c:1: lib may not include stress/worker/cell.h' "lib includes stress, by the include path"
plant lib/base/up.c <<<'#include "../../faults/plan.h"'
expect 1 '^lib/base/up.c:1: lib may not include faults/plan.h' "lib includes faults, by a relative path"
plant faults/bad.c <<<'#include "queue/ring.h"'
expect 1 '^faults/bad.c:1: faults may not include lib/queue/ring.h' "faults includes more of lib"
plant reports/bad.c <<<'#include "queue/ring.h"'
expect 1 '^reports/bad.c:1: reports may not include lib/queue/ring.h' "reports includes more of lib"
plant reports/bad.c <<<'#include "faults/plan.h"'
expect 1 '^reports/bad.c:1: reports may not include faults/plan.h' "reports includes faults"
plant lib/base/bad.c <<<$'void f(void)\n{\n    atomic_thread_fence(memory_order_release);\n}'
expect 1 '^lib/base/bad.c:3: not in lib' "a fence in lib"
plant lib/base/bad.c <<<'/* shared */ static volatile int flag; /* by all */'
expect 1 '^lib/base/bad.c:1: not in lib' "volatile in lib"
plant lib/base/bad.c <<<'#include <threads.h>'
expect 1 '^lib/base/bad.c:1: not in lib' "C11 threads in lib"
yes '/* line */' | head -n 501 >"$work/long" || ((PIPESTATUS[0] == 141))
plant stress/long.c <"$work/long"
expect 1 '^stress/long.c:501: over 500 lines' "a long file"
head -n 500 "$work/long" | plant stress/long.c
expect 0 clean "a file as long as may be"
{ echo 'int f(void)'; echo '{'; head -n 71 "$work/long"; echo '}'; } | plant stress/long.c
expect 1 '^stress/long.c:2: a function of 71 lines' "a long function"

((failures == 0)) || die "$EXIT_FINDINGS" "$failures case(s) failed"
