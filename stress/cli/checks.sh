# Checks of the command's end-to-end tests; sourced. Needs $tickstorm, and a working directory of the test's own.

checks=0 failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect CODE ARGUMENTS...: runs the command; its output is in stdout and stderr. $limit, when set, ends what would not end.
expect() {
    local want=$1 code=0
    shift
    ${limit:+timeout "$limit"} "$tickstorm" "$@" >stdout 2>stderr || code=$?
    checks=$((checks + 1))
    ((code == want)) || fail "tickstorm $*: exit code $code, not $want: $(tail -n 3 stderr)"
}

# holds FILE PATTERN: the file has a line that matches.
holds() {
    checks=$((checks + 1))
    grep -qE -- "$2" "$1" || fail "$1 lacks /$2/: $(head -c 600 "$1")"
}

lacks() {
    checks=$((checks + 1))
    ! grep -qE -- "$2" "$1" || fail "$1 has /$2/"
}

exists() {
    checks=$((checks + 1))
    [[ -e $1 ]] || fail "$1 is not there"
}

gone() {
    checks=$((checks + 1))
    [[ ! -e $1 ]] || fail "$1 is there"
}

# Prints the counts and ends the test.
finish_checks() {
    echo "$checks checks, $failures failed"
    ((failures == 0))
}
