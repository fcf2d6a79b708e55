#!/bin/sh
# Fails when a test, fuzz target or benchmark lies on disk but is named in no meson.build: it would never run.
cd "$(dirname "$0")/.." || exit 2

found=$({
    find src -name '*_test.c' | sed 's|\(src/\(.*\)\)|\1 \2 test/meson.build|'
    find test -name 'test_*.py' | sed 's|.*|& & test/meson.build|'
    find fuzz -name 'fuzz_*.c' | sed 's|.*/fuzz_\(.*\)\.c|& \1 fuzz/meson.build|'
    find bench -name 'bench_*.c' | sed 's|.*/bench_\(.*\)\.c|& \1 bench/meson.build|'
} 2>/dev/null | while read -r file key list; do
    grep -qE "^[[:space:]]*'$key'[[:space:]]*:" "$list" || echo "$file: not listed in $list as '$key'"
done)
[ -z "$found" ] || { echo "$found"; exit 1; }
