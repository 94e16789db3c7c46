#!/usr/bin/env bash
# Validates the SARIF of gate_sample with Microsoft's SARIF multitool: rules of the format and of GitHub, 0 errors and
# 0 warnings. The tool is $SARIF_MULTITOOL, or sarif-multitool on PATH; without it the test is skipped (status 77).
set -euo pipefail

sample=$1
tool=${SARIF_MULTITOOL:-$(command -v sarif-multitool || true)}
if [[ -z $tool ]]; then
    echo "skipped: no sarif-multitool on PATH and no SARIF_MULTITOOL (npm install @microsoft/sarif-multitool)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# One kind of rules a call: the npm wrapper hands its arguments to a shell, where a semicolon ends the command.
validate() {
    local words rules
    for rules in Sarif Ghas; do
        rm -f "$folder/report.sarif"
        # Its status is no verdict (findings and failures share it): the report it writes is.
        words=$("$tool" validate "$1" --rule-kind "$rules" --output "$folder/report.sarif" --log ForceOverwrite 2>&1) || true
        if [[ ! -s $folder/report.sarif ]]; then
            echo "the tool wrote no report on $1:" && echo "$words"
            return 2
        fi
        if grep -E '(error|warning) [A-Z]+[0-9]+' <<<"$words"; then
            return 1
        fi
    done
}

for kind in plain known hostile local; do
    "$sample" sarif "$kind" >"$folder/$kind.sarif"
    validate "$folder/$kind.sarif" || { echo "not valid: $kind"; exit 1; }
done
# A region before the file's start must be refused, or this test shows nothing.
sed 's/"startLine": [0-9]*/"startLine": -7/' "$folder/plain.sarif" >"$folder/broken.sarif"
status=0
validate "$folder/broken.sarif" >/dev/null || status=$?
if [[ $status != 1 ]]; then
    echo "the tool accepts a region that starts at line -7"
    exit 1
fi
echo "valid: plain, known, hostile, local"
