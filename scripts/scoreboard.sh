#!/usr/bin/env bash
# Measures detection on labelled requests: scoreboard.sh write|check. They lie in the folder that CORPORA names, by
# default ../shared/corpora beside the checkout; without them there is nothing to do.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
what=${1:-check}
corpora=${CORPORA:-$root/../shared/corpora}
shopt -s nullglob
files=("$corpora"/*.jsonl "$corpora"/*.jsonl.gz)
if ((!${#files[@]})); then
  [[ -z ${CORPORA:-} ]] || die "CORPORA is $CORPORA, which holds no *.jsonl or *.jsonl.gz"
  say "scoreboard: skipped, there are no labelled requests in $corpora (set CORPORA)"
  exit 0
fi
board=$root/scoreboard/rates.json
arguments=(--left "$root/scoreboard/left")
case $what in
  write) arguments+=(--scoreboard "$board" --tables "$root/docs/detection.md") ;;
  check) arguments+=(--check "$board") ;;
  *) die "scoreboard.sh write|check, not '$what'" ;;
esac
say "scoreboard: judging ${#files[@]} files of $corpora"
"$venv/bin/sidewatch" eval "${files[@]}" "${arguments[@]}"
