#!/usr/bin/env bash
# `make demo`: prepares what demo/run.py needs and runs it. Where servers cannot be had, the offline half still runs.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

"$root/scripts/setup.sh" python
offline=()
if ! "$root/scripts/setup.sh" demo; then
  offline=(--offline)
elif ! "$root/scripts/build.sh" lib nginx; then
  warn "the NGINX module does not build here"
  offline=(--offline)
fi
"$root/scripts/build.sh" python
exec "$venv/bin/python" "$root/demo/run.py" "${offline[@]}" "$@"
