#!/usr/bin/env bash
# What is installed works for programs outside the tree: `make install` into a folder, then a C and a C++ program are built
# there with pkg-config and with CMake, against the shared and the static library, and run. What is installed can be moved,
# staged with DESTDIR, and taken away.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
PREFIX=$prefix "$root/scripts/install.sh" >/dev/null
PREFIX=$prefix "$root/scripts/install.sh" >/dev/null # over itself
cp "$root"/ffi/examples/inspect.{c,cpp} "$work"
cd "$work"

lib=$prefix/lib
[[ -L $lib/libsidewatch.so && -L $lib/$(readlink "$lib/libsidewatch.so") ]] || die "libsidewatch.so is no link to its soname"
soname=$(readelf -d "$lib/libsidewatch.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
[[ $(readlink "$lib/libsidewatch.so") == "$soname" ]] || die "the link is not the soname $soname"
[[ -z $(find "$prefix" -newermt '1970-01-01' -perm /022 -type f) ]] || die "installed files can be written by others"

run() { # name library-path command...
  local name=$1
  shift
  LD_LIBRARY_PATH=$1 "${@:2}" >"$name.out" 2>&1 || { cat "$name.out"; die "$name failed"; }
  grep -q sqli "$name.out" || { cat "$name.out"; die "$name found nothing"; }
  say "$name: $(head -n 1 "$name.out" | cut -c -80)"
}

export PKG_CONFIG_PATH=$lib/pkgconfig
version=$(pkg-config --modversion sidewatch)
warn=(-Wall -Wextra -Wpedantic -Werror)
read -ra dynamic < <(pkg-config --cflags --libs sidewatch)
read -ra static < <(pkg-config --static --cflags --libs sidewatch)
cc -std=c99 "${warn[@]}" inspect.c "${dynamic[@]}" -o c-shared
c++ -std=c++17 "${warn[@]}" inspect.cpp "${dynamic[@]}" -o cpp-shared
for program in c-shared cpp-shared; do
  readelf -d $program | grep -q "NEEDED.*$soname" || die "$program does not name $soname"
  run "pkg-config-$program" "$lib" "./$program"
done
# Only this library statically, then everything.
cc -std=c99 "${warn[@]}" inspect.c -Wl,-Bstatic "${static[@]/#-lpthread/-Wl,-Bdynamic}" -lpthread -o c-static
c++ -std=c++17 "${warn[@]}" inspect.cpp -Wl,-Bstatic "${static[@]/#-lpthread/-Wl,-Bdynamic}" -lpthread -o cpp-static
cc -std=c99 "${warn[@]}" -static inspect.c "${static[@]}" -o c-all-static 2>link.log || { cat link.log; die "no static program"; }
for program in c-static cpp-static c-all-static; do
  readelf -d $program | grep -q 'NEEDED.*sidewatch' && die "$program needs the shared library"
  run "pkg-config-$program" "" "./$program"
done

mkdir cmake
cat >cmake/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(outside C CXX)
find_package(sidewatch 0.1 REQUIRED)
set(CMAKE_CXX_STANDARD 17)
foreach(kind shared static)
  add_executable(c-${kind} ../inspect.c)
  add_executable(cpp-${kind} ../inspect.cpp)
  if(kind STREQUAL "shared")
    set(target sidewatch::sidewatch)
  else()
    set(target sidewatch::static)
  endif()
  target_link_libraries(c-${kind} PRIVATE ${target})
  target_link_libraries(cpp-${kind} PRIVATE ${target})
endforeach()
END
cmake_build() { # prefix folder
  { cmake -S cmake -B "$2" -DCMAKE_PREFIX_PATH="$1" && cmake --build "$2"; } >"$2.log" 2>&1 || { cat "$2.log"; die "CMake failed"; }
}
cmake_build "$prefix" built
for program in {c,cpp}-{shared,static}; do
  run "cmake-$program" "" "built/$program" # CMake writes the path of the library into what it builds
done
# A version that this one is not is refused.
sed -i 's/sidewatch 0.1/sidewatch 99.0/' cmake/CMakeLists.txt
! cmake -S cmake -B refused -DCMAKE_PREFIX_PATH="$prefix" >refused.log 2>&1 || die "CMake takes $version for 99.0"
grep -q "99.0" refused.log || { cat refused.log; die "CMake fails for another reason"; }
sed -i 's/sidewatch 99.0/sidewatch 0.1/' cmake/CMakeLists.txt
# The tree may be moved.
mv "$prefix" "$work/moved"
cmake_build "$work/moved" moved-build
run "cmake-moved" "" moved-build/c-shared
mv "$work/moved" "$prefix"

# Staged for a package, with a folder of its own for libraries.
DESTDIR=$work/stage PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu "$root/scripts/install.sh" >/dev/null
grep -qx 'libdir=/usr/lib/x86_64-linux-gnu' stage/usr/lib/x86_64-linux-gnu/pkgconfig/sidewatch.pc || die "the stage shows"
! grep -rqF "$work" stage --include=*.pc --include=*.cmake || die "the stage's path is in what is installed"
grep -qF '/../../include' stage/usr/lib/x86_64-linux-gnu/cmake/sidewatch/sidewatchConfig.cmake || die "no way to the header"
DESTDIR=$work/stage PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu "$root/scripts/install.sh" uninstall >/dev/null
PREFIX=$prefix "$root/scripts/install.sh" uninstall >/dev/null
[[ -z $(find "$prefix" stage ! -type d) ]] || die "uninstall leaves $(find "$prefix" stage ! -type d)"
! PREFIX=relative "$root/scripts/install.sh" >/dev/null 2>&1 || die "a relative PREFIX is taken"
say "installed, used, moved, staged and removed: libsidewatch $version"
