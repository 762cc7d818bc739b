# shellcheck shell=bash
# Shared by the scripts of this folder: where things are, and how they speak.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
venv=$root/.venv

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
warn() { printf '\033[33m==> %s\033[0m\n' "$*" >&2; }
die() {
  printf '\033[31merror:\033[0m %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# profiled COMMAND...: runs cargo, or what calls it, with the profile that SIDEWATCH_PROFILE names, if it names one.
profiled() {
  if [[ -z ${SIDEWATCH_PROFILE:-} ]]; then
    "$@"
  elif [[ -r $SIDEWATCH_PROFILE ]]; then
    RUSTFLAGS="${RUSTFLAGS:-} -Cprofile-use=$(realpath "$SIDEWATCH_PROFILE")" "$@"
  else
    die "SIDEWATCH_PROFILE: cannot read '$SIDEWATCH_PROFILE'; 'make profile' makes one"
  fi
}
