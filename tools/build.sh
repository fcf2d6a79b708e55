#!/bin/sh
# Configures (the first time) and builds one of the project's builds, each in its folder under build/.
# usage: tools/build.sh release|clang|asan|fuzz|coverage
# shellcheck disable=SC2086  # lists of options are meant to be split
cd "$(dirname "$0")/.." || exit 2
compiler=clang
options=
target=all
case "${1:-}" in
release) compiler=gcc ;;
clang) ;;
asan | fuzz)
    options="-Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false
        -Dc_args=-fno-sanitize-recover=all -Dcpp_args=-fno-sanitize-recover=all"
    ;;
coverage)
    compiler=gcc
    options="-Doptimization=0 -Db_coverage=true -Db_ndebug=true -Dwerror=false -Dc_args=-fprofile-update=atomic
        -Dcpp_args=-fprofile-update=atomic"
    ;;
*)
    sed -n 's/^# usage: //p' "$0" >&2
    exit 2
    ;;
esac
if [ "$1" = fuzz ]; then
    options="$options -Dfuzz=true"
    target=fuzzers
fi
case $compiler in
gcc) export CC=gcc CXX=g++ ;;
clang) export CC=clang CXX=clang++ ;;
esac

dir=build/$1
log=build/$1.log
mkdir -p build
{
    [ -f "$dir/build.ninja" ] || {
        rm -rf "$dir"
        meson setup "$dir" "-Dpython=${PYTHON:-/usr/bin/python3}" $options
    }
} >"$log" 2>&1 && ninja -C "$dir" -k 20 $target >>"$log" 2>&1 && exit 0
tail -n 100 "$log"
exit 1
