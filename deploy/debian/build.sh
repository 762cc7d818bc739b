#!/usr/bin/env bash
# Builds the Debian packages of this tree into build/deb: build.sh [OUTPUT_FOLDER]
#
# The tree is copied to OUTPUT_FOLDER/src and built there by dpkg-buildpackage. The version is the one in Cargo.toml; between releases it
# is followed by ~git, the time and the name of the commit, so that each is newer than the one before and older than the release. Two
# builds of one commit with the same compilers give the same packages, byte for byte. SIDEWATCH_PROFILE=FILE builds them with a profile for the
# compiler (make profile), which then is one of the things that have to be the same.
set -euo pipefail
source "$(dirname "$0")/../../scripts/lib.sh"
out=${1:-$build/deb}
for tool in dpkg-buildpackage dh dh_nginx; do
  have "$tool" || die "no $tool: apt-get install build-essential debhelper nginx-dev libpcre2-dev zlib1g-dev nginx"
done
have cargo || die "Rust is needed: https://rustup.rs"
# The clean environment of debhelper has another HOME.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
if [[ -n ${SIDEWATCH_PROFILE:-} ]]; then
  SIDEWATCH_PROFILE=$(profile_named "$SIDEWATCH_PROFILE") || exit
  export SIDEWATCH_PROFILE
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
export CARGO_TARGET_DIR=$out/target

cd "$root"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
rm -rf "$out/src"
mkdir -p "$out/src"
if git rev-parse HEAD >/dev/null 2>&1; then
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  if ! git tag --points-at HEAD | grep -qxF "v$version"; then
    version+=~git$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d.%H%M%S).$(git log -1 --format=%h --abbrev=7)
  fi
  [[ -z $(git status --porcelain) ]] || version+=+changed
  # What is tracked or new, as it lies here; a file that was removed is left out. Times are kept: cargo goes by them.
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [[ -e $file ]] && printf '%s\0' "$file"
  done | xargs -0 cp --parents --preserve=mode,timestamps,links -t "$out/src"
else
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y CHANGELOG.md)}
  tar -c --exclude=./build --exclude=./target --exclude=./.venv . | tar -x -C "$out/src"
fi

cd "$out/src"
cp -a deploy/debian debian
cp deploy/systemd/sidewatch-nginx.service debian/sidewatch-nginx.service
cp deploy/logrotate/sidewatch-nginx debian/sidewatch-nginx.logrotate
cat >debian/changelog <<END
sidewatch ($version) unstable; urgency=medium

  * Built from the project's sources; see CHANGELOG.md.

 -- The sidewatch developers <sidewatch@packages.invalid>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
rm -f "$out"/*.deb "$out"/*.changes "$out"/*.buildinfo
say "building the Debian packages of sidewatch $version"
if ! dpkg-buildpackage --build=binary --no-sign >"$out/build.log" 2>&1; then
  tail -n 40 "$out/build.log" >&2
  die "the packages could not be built: $out/build.log"
fi
ls "$out"/*.deb
