#!/bin/sh
# Fails when an object of the pure core (src/base, src/engine) carries writable data: that is hidden state.
# usage: tools/check_globals.sh [BUILD]   a build folder, by default build/release
#        tools/check_globals.sh OBJECT.o...
cd "$(dirname "$0")/.." || exit 2

case "${1:-}" in
*.o) ;;
*)
    build=${1:-build/release}
    sources=$(find src/base src/engine -name '*.c' ! -name '*_test.c' 2>/dev/null)
    [ -n "$sources" ] || exit 0
    [ -r "$build/compile_commands.json" ] || { echo "$build is not built"; exit 2; }
    # The object of each source, as the build itself names it; a source that is never built is a fault too.
    set --
    for source in $sources; do
        object=$(sed -n "s|.*\"file\": \".*/$source\".*|found|p
            s|.*\"output\": \"\(.*\)\".*|\1|p" "$build/compile_commands.json" |
            awk '/^found$/ { getline; print; exit }')
        [ -n "$object" ] || { echo "$source: no part of the build in $build"; exit 1; }
        set -- "$@" "$build/$object"
    done
    ;;
esac

sizes=$(size -A "$@") || exit 2
echo "$sizes" | awk '/:$/ { f = $1 }
    $1 ~ /^\.(data|bss|tdata|tbss)(\.|$)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {
        print f, $1, $2 " bytes of mutable state"; bad = 1 } END { exit bad }'
