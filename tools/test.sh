#!/bin/sh
# What `make test` does: three builds, all checks, all tests, one count at the end. Goes on after a failure.
cd "$(dirname "$0")/.." || exit 2
PYTHON=${PYTHON:-/usr/bin/python3}
export PYTHON
mkdir -p build
rm -f build/*/meson-logs/testlog.json build/*.steps

tests() { # tests BUILD ARGUMENT...: a line for each test as it ends; test_summary.py says the rest
    grep -qx "ok build $1" build/build.steps || return 0 # not what an older build left there
    echo "testing $1"
    dir=build/$1
    shift
    meson test -C "$dir" --no-rebuild "$@" | grep -E '^ *[0-9]+/[0-9]+ '
}

for build in release clang asan; do
    if tools/build.sh $build; then echo "ok build $build"; else echo "not ok build $build"; fi |
        tee -a build/build.steps
done
tools/check.sh | tee build/check.steps
tests release
tests asan --no-suite long --timeout-multiplier 4
tests clang --suite unit --suite fuzz
exec "$PYTHON" tools/test_summary.py
