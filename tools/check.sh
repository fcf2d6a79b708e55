#!/bin/sh
# Everything a machine can check without running Gongji. Prints `ok NAME`, or `not ok NAME` and what was
# found; goes on to the end and fails there. Needs build/clang (how each file is compiled) and build/release.
# shellcheck disable=SC2086,SC2317  # file lists are meant to be split (none of ours holds a space); `check` calls
cd "$(dirname "$0")/.." || exit 2
PYTHON=${PYTHON:-/usr/bin/python3}
export PYTHONPYCACHEPREFIX=build/pycache
failed=0

check() { # check NAME COMMAND...
    name=$1
    shift
    if found=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "not ok $name"
        printf '%s\n' "$found" | sed 's/^/    /'
        failed=1
    fi
}

files() { # files NAME-PATTERN... -- FOLDER...
    patterns=
    while [ "$1" != -- ]; do
        patterns="$patterns -o -name $1"
        shift
    done
    shift
    set -f
    find "$@" -type f '(' ${patterns#* -o} ')' ! -path '*/.*/*' 2>/dev/null | sort
    set +f
}

on() { # on "FILES" COMMAND...: nothing to check is fine
    list=$1
    shift
    [ -z "$list" ] || "$@" $list
}

tidy() { # only files that the build compiles; two at a time
    [ -r build/clang/compile_commands.json ] || { echo "build/clang is not configured"; return 1; }
    for file in "$@"; do
        grep -q "\"file\": \"[./]*$file\"" build/clang/compile_commands.json && echo "$file"
    done | xargs -r -n 1 -P 2 clang-tidy -p build/clang --quiet 2>build/tidy.err
    status=$?
    [ $status -eq 0 ] || grep -v 'warnings generated\|warnings treated' build/tidy.err
    return $status
}

c_all=$(files '*.c' '*.h' '*.cpp' -- src include test bench fuzz | grep -v '\.tbl\.h$')
c_core=$(files '*.c' '*.cpp' -- src | grep -v '_test\.c$')
scripts=$(files '*.sh' -- tools test demo)
[ -f .ci/run ] && scripts="$scripts .ci/run"
python=$(files '*.py' -- tools test packs bench)
pages=$(files '*.1' -- docs man)

mkdir -p build
check format on "$c_all" clang-format --dry-run -Werror
check length tools/check_length.sh
check layers tools/check_layers.sh
check layers-selftest tools/check_layers_test.sh
check globals tools/check_globals.sh
check globals-selftest tools/check_globals_test.sh
check branches-selftest tools/check_branches_test.sh
check registered tools/check_registered.sh
check requirements "$PYTHON" tools/requirements.py --quiet
check python on "$python" "$PYTHON" -m py_compile
check shellcheck on "$scripts" shellcheck
check man on "$pages" mandoc -T lint -W warning
check cppcheck on "$c_core" cppcheck --quiet -j 2 --std=c11 --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability --suppress=missingIncludeSystem -I src -I build/release/src -I include
check tidy on "$c_core" tidy
exit $failed
