#!/bin/sh
# Puts the library's files in place: install-lib.sh BUILT DESTDIR PREFIX LIBDIR
set -eu
built=$1 dest=$2 prefix=$3 libdir=$4
soname=$(objdump -p "$built/libsidewatch.so" | sed -n 's/^ *SONAME *//p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
install -D -m 644 include/sidewatch.h "$dest$prefix/include/sidewatch.h"
install -D -m 644 "$built/libsidewatch.so" "$dest$libdir/$soname"
ln -sf "$soname" "$dest$libdir/libsidewatch.so"
install -D -m 644 "$built/libsidewatch.a" "$dest$libdir/libsidewatch.a"
mkdir -p "$dest$libdir/pkgconfig" "$dest$libdir/cmake/sidewatch"
cat >"$dest$libdir/pkgconfig/sidewatch.pc" <<END
prefix=$prefix
libdir=$libdir
includedir=\${prefix}/include

Name: sidewatch
Description: finds web attacks in a copy of HTTP traffic
Version: $version
Libs: -L\${libdir} -lsidewatch
Libs.private: -lpthread -ldl -lm
Cflags: -I\${includedir}
END
