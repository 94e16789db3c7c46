#!/usr/bin/env bash
# Usage: pages_test.sh BROWSER TICKSTORM FAKE_WORKER [SHOTS]
#
# The pages in a real browser, headless: that they say nothing on the console, ask for nothing elsewhere, show foreign
# text as text, and can be used by keyboard. SHOTS: a folder for screenshots (light, dark, print) to be looked at.
#
# Exit codes: 0 all held, 1 some did not, 2 usage, 77 there is no Chromium here (ci/setup --group browser).

set -euo pipefail
(($# == 3 || $# == 4)) || { sed -n '2,6p' "$0" >&2; exit 2; }
browser=$(realpath "$1") tickstorm=$(realpath "$2") fake=$(realpath "$3") shots=${4:-}
chromium=$(command -v chromium || true) # none: told below
if [[ -z $chromium ]]; then
    echo "skipped: no chromium; ci/setup --group browser installs it"
    exit 77
fi
[[ -z $shots ]] || shots=$(realpath "$shots")
work=$(mktemp -d)
server=''
# It may have ended by then.
trap '[[ -z $server ]] || kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export TICKSTORM_WORKERS=$work/workers TICKSTORM_HISTORY=$work/runs/history.db NO_COLOR=1 HOME=$work
mkdir -p workers/plain runs/hostile/lives
cp "$fake" workers/plain/tickstorm-worker
: >workers/plain/libsignal.so

# A run as it comes, and one whose record was written by somebody who means harm: tags, quotes, handlers, control
# characters, text that turns round, names that are no UTF-8.
code=0
"$tickstorm" run destroy-mid-callback --for 300ms --seed 0x1 --set order=signal:11 --quiet >run.out 2>&1 || code=$?
((code == 1)) || { echo "FAILED: a run whose lives crash ends with $code:"; cat run.out; exit 1; }
evil='</td></title><script>document.title=1;console.log(1);fetch(\"http://evil.example/\")</script><img src=x onerror=alert(1)>\"'"'"' onload=alert(2) \u001b[31m \u0001 \u202e&lt;b&gt; javascript:alert(3)'
signature=0x00000000000000aa
{
    printf '{"type":"run","format":2,"id":"hostile","tool":"%s","kind":"run","command":"%s","started":"2026-07-01T00:00:00Z","seed":"0x1","commit":"%s","dirty":true,"machine":{"cores":2,"cpu":"%s","kernel":"%s","os":"%s"},"toolchain":"%s","source":"%s","budget_ms":1000,"cells":1}\n' \
        "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil"
    printf '{"type":"finding","signature":"%s","kind":"race","title":"%s","description":"%s","location":"%s","lifetime":false,"cell":0,"life":0,"command":"%s","schedule":"%s","stacks":[{"role":"access","text":"%s","thread":"%s","frames":[{"function":"%s","file":"%s","line":1,"module":"%s","offset":"%s","own":true}]}]}\n' \
        "$signature" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil"
    printf '{"type":"life","cell":0,"life":0,"seed":"0x1","started_ms":1,"duration_ms":5,"exit_code":0,"signal":null,"outcome":"race","class":null,"detail":"%s","reports":[{"kind":"race","title":"%s","signature":"%s","count":2}],"violations":[],"counters":{},"log":"","interleaving":"%s"}\n' \
        "$evil" "$evil" "$signature" "$evil"
    printf '{"type":"cell","cell":0,"scenario":"%s","mode":"%s","flavour":"%s","seed":"0x1","lives":1,"restarts":0,"elapsed_ms":10,"outcome":"race","class":"%s","detail":"%s","as_expected":true,"hazard_count":3,"outcomes":{},"findings":[],"command":"c"}\n' \
        "$evil" "$evil" "$evil" "$evil" "$evil"
    printf '{"type":"end","verdict":"%s","sentence":"%s","interrupted":false,"elapsed_ms":12}\n' "$evil" "$evil"
} >runs/hostile/record.jsonl
{
    printf '{"type":"interleaving","format":1,"threads":3,"steps":9,"preemptions":2,"schedule":"%s","end":"deadlock","ordering":"%s"}\n' "$evil" "$evil"
    printf '{"step":1,"thread":0,"event":1,"operation":"lock","object":1,"function":"%s","file":"%s","line":3}\n' "$evil" "$evil"
    printf '{"step":2,"thread":0,"mark":"stopped","event":2,"operation":"atomic store","function":"%s","file":"a.c","line":4}\n' "$evil"
    printf '{"step":2,"thread":1,"event":1,"operation":"unlock","object":1,"file":"a.c","line":9}\n'
    printf '{"step":3,"thread":1,"mark":"stopped","event":2,"operation":"atomic load","file":"a.c","line":10}\n'
    printf '{"step":3,"thread":2,"event":1,"operation":"lock","object":1,"file":"a.c","line":3,"waited":true,"holder":1,"opener":2}\n'
    printf '{"step":3,"thread":0,"mark":"stuck","operation":"lock","object":2,"file":"a.c","line":8,"holder":2}\n'
} >runs/hostile/lives/0-0.interleaving.jsonl
"$tickstorm" history import runs >history.out
"$tickstorm" report --serve >url 2>server.err &
server=$!
for ((i = 0; i < 100; i++)); do
    [[ -s url ]] && break
    sleep 0.05
done
url=$(<url)
url=${url%/}
page() {
    printf 'open %s%s\n' "$url" "$1"
    printf 'true document.querySelectorAll("script,img,iframe,object,embed").length === 0\n'
    printf 'true [...document.querySelectorAll("*")].every(e => [...e.attributes].every(a => !a.name.startsWith("on")))\n'
    printf 'true [...document.querySelectorAll("a")].every(a => a.protocol === "http:" && a.host === location.host)\n'
    printf 'true getComputedStyle(document.querySelector("nav a")).marginRight === "16px"\n' # the style sheet came
    printf 'true document.documentElement.lang === "en" && document.title.length > 0 && document.querySelectorAll("h1").length === 1\n'
}
shoot() {
    [[ -n $shots ]] || return 0
    printf 'size 1100 900\nmedia screen light\nshot %s/%s-light.png\nmedia screen dark\nshot %s/%s-dark.png\nmedia print light\nshot %s/%s-print.png\nmedia screen light\n' \
        "$shots" "$1" "$shots" "$1" "$shots" "$1"
    printf 'size 390 800\nshot %s/%s-phone.png\nsize 1100 900\n' "$shots" "$1"
}
{
    printf 'allow %s\nsize 1100 900\n' "$url"
    page /
    printf 'true document.body.textContent.includes("onerror=alert(1)>")\n'
    printf 'true document.querySelectorAll("main a[href^=\\"/run/\\"]").length === 2\n'
    shoot runs
    for path in /findings /trend "/finding/$signature" /run/hostile; do
        page "$path"
        printf 'true document.body.textContent.includes("</td></title><script>document.title=1;")\n'
    done
    printf 'true ["Findings: 1", "Interleavings", "Cells: 1", "About it"].every(t => [...document.querySelectorAll("h2")].some(h => h.textContent === t))\n'
    printf 'true !/[\\u0001\\u001b\\u202e]/.test(document.documentElement.outerHTML)\n'
    shoot run
    # The stability report as it is served: its own script runs under the header's policy, and no other.
    printf 'open %s/run/hostile/report\n' "$url"
    printf 'true document.querySelector("#verdict strong").textContent.length > 3\n'
    printf 'true document.querySelectorAll("script").length === 1 && !document.querySelector(".tools").hidden\n'
    printf 'true document.body.textContent.includes("</td></title><script>document.title=1;") && document.title !== "1"\n'
    page "/compare?a=hostile&b=hostile"
    printf 'true document.body.textContent.includes("Findings of both: 1")\n'
    # The interleaving: what is marked, and the way by keyboard from switch to switch.
    page /run/hostile/interleaving/0-0
    printf 'true document.body.textContent.includes("<script>document.title=1;")\n'
    printf 'true document.querySelectorAll("tr.switch").length === 2 && document.querySelectorAll("tr.stuck").length === 1\n'
    printf 'true document.querySelectorAll(".il th[scope=col]").length === 4\n'
    printf 'true [...document.querySelectorAll("tbody tr")].every(r => r.children.length === 4)\n'
    printf 'true document.querySelector("tr.switch").textContent.includes("switch 1 of 2")\n'
    printf 'true getComputedStyle(document.querySelector("tr.switch")).borderTopStyle === "double"\n'
    printf 'true (document.querySelector(".il-facts a").focus(), true)\nkey Enter\n'
    printf 'true location.hash === "#il-s1"\nkey Tab\n'
    printf 'true document.activeElement.textContent === "next"\nkey Enter\n'
    printf 'true location.hash === "#il-s2"\n'
    printf 'size 390 800\ntrue document.documentElement.scrollWidth <= 390\nsize 1100 900\n' # the table scrolls, not the page
    shoot interleaving
    printf 'quiet\n'
} >script
code=0
"$browser" "$chromium" "$work/profile" <script || code=$?

# What no page does, the check sees: a script that runs, a request that leaves.
printf '<!DOCTYPE html><title>x</title><script>console.log("ran")</script><img src="http://evil.example/x">' >bad.html
printf 'allow file:///\nopen file://%s/bad.html\nquiet\n' "$work" | "$browser" "$chromium" "$work/profile" >bad.out && bad=0 || bad=$?
if ((bad != 1)) || ! grep -q 'console: ran' bad.out || ! grep -q 'request: http://evil.example/x' bad.out; then
    echo "FAILED: a page that runs scripts and loads from elsewhere passed as quiet ($bad)"
    cat bad.out
    code=1
fi
exit $code
