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

# profile_named NAME: the file of the profile for the compiler that NAME is, by a name that tells its content: cargo looks at names only, and
# what is built with two profiles cannot be linked.
profile_named() {
  [[ -r $1 ]] || die "SIDEWATCH_PROFILE: cannot read '$1'; 'make profile' makes one"
  local copy
  copy=$root/target/profile/named/$(sha256sum <"$1" | cut -c 1-16).profdata
  mkdir -p "${copy%/*}"
  [[ -e $copy ]] || cp "$1" "$copy"
  echo "$copy"
}

# profiled COMMAND...: runs cargo, or what calls it, with the profile that SIDEWATCH_PROFILE names, if it names one.
profiled() {
  if [[ -z ${SIDEWATCH_PROFILE:-} ]]; then
    "$@"
    return
  fi
  local profile
  profile=$(profile_named "$SIDEWATCH_PROFILE") || exit
  RUSTFLAGS="${RUSTFLAGS:-} -Cprofile-use=$profile" "$@"
}
