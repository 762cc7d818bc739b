#!/usr/bin/env bash
# Installs the C library, or removes it: install.sh [install|uninstall]
#
# PREFIX (/usr/local), LIBDIR (PREFIX/lib), INCLUDEDIR (PREFIX/include) say where it will be used from; DESTDIR is put in
# front of them while files are copied, for those who make packages; BUILT names the folder of libraries that are built
# already. No root is needed for a PREFIX of one's own.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
what=${1:-install}

prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-$prefix/lib}
includedir=${INCLUDEDIR:-$prefix/include}
destdir=${DESTDIR:-}
for path in "$prefix" "$libdir" "$includedir"; do
  [[ $path == /* ]] || die "PREFIX, LIBDIR and INCLUDEDIR have to begin with /, not '$path'"
done
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
[[ -n $version ]] || die "no version in Cargo.toml"
abi=$(sed -n 's/^#define SIDEWATCH_ABI_VERSION //p' "$root/include/sidewatch.h")
soname=libsidewatch.so.$((abi >> 16))
cmake=$libdir/cmake/sidewatch

uninstall() {
  rm -f "$destdir$includedir/sidewatch.h" "$destdir$libdir/libsidewatch.a" "$destdir$libdir"/{libsidewatch.so,$soname,libsidewatch.so.$version} \
    "$destdir$libdir/pkgconfig/sidewatch.pc" "$destdir$cmake"/sidewatchConfig{,Version}.cmake
  # Folders that others may use are left, but for empty ones.
  rmdir --ignore-fail-on-non-empty "$destdir$cmake" "$destdir$libdir/cmake" "$destdir$libdir/pkgconfig" 2>/dev/null || true
}

fill() { # template destination
  local pointer=8
  file -L "$built/libsidewatch.so" 2>/dev/null | grep -q '32-bit' && pointer=4
  sed -e "s|@prefix@|$prefix|; s|@libdir@|$libdir|; s|@includedir@|$includedir|; s|@version@|$version|; s|@soname@|$soname|" \
    -e "s|@include_from_lib@|$(realpath -m --relative-to="$libdir" "$includedir")|; s|@pointer@|$pointer|" \
    "$root/ffi/install/$1" >"$2"
  chmod 644 "$2"
}

case $what in
  uninstall)
    uninstall
    say "removed libsidewatch from $destdir$prefix"
    ;;
  install)
    built=${BUILT:-$root/target/release}
    # `sudo make install` after `make build` finds no cargo, and needs none.
    if [[ -z ${BUILT:-} ]] && have cargo; then "$root/scripts/build.sh" lib; fi
    [[ -e $built/libsidewatch.so && -e $built/libsidewatch.a ]] || die "nothing is built: run 'scripts/build.sh lib' first"
    found=$(readelf -d "$built/libsidewatch.so" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
    [[ -z $found || $found == "$soname" ]] || die "the library's soname is $found, the header's $soname: build again"
    install -d "$destdir$includedir" "$destdir$libdir/pkgconfig" "$destdir$cmake"
    install -m 644 "$root/include/sidewatch.h" "$destdir$includedir/sidewatch.h"
    install -m 644 "$built/libsidewatch.a" "$destdir$libdir/libsidewatch.a"
    install -m 755 "$built/libsidewatch.so" "$destdir$libdir/libsidewatch.so.$version"
    ln -sfn "libsidewatch.so.$version" "$destdir$libdir/$soname"
    ln -sfn "$soname" "$destdir$libdir/libsidewatch.so"
    fill sidewatch.pc.in "$destdir$libdir/pkgconfig/sidewatch.pc"
    fill sidewatchConfig.cmake.in "$destdir$cmake/sidewatchConfig.cmake"
    fill sidewatchConfigVersion.cmake.in "$destdir$cmake/sidewatchConfigVersion.cmake"
    say "installed libsidewatch $version in $destdir$prefix"
    if [[ -z $destdir && $EUID == 0 ]]; then
      say "programs find it once the linker's cache is new: ldconfig"
    fi
    ;;
  *) die "install.sh [install|uninstall], not '$what'" ;;
esac
