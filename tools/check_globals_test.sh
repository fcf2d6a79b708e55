#!/bin/sh
# Shows that check_globals.sh lets constants pass and catches each kind of mutable state.
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
bad=0

# judge pass|fail 'C TEXT'
judge() {
    echo "$2" >"$dir/a.c"
    ${CC:-cc} -std=c17 -O2 -fPIC -c -o "$dir/a.o" "$dir/a.c" || exit 2
    "$here/check_globals.sh" "$dir/a.o" >"$dir/found"
    case "$1:$?" in
    pass:0 | fail:1) ;;
    *) echo "should $1: $2"; cat "$dir/found"; bad=1 ;;
    esac
}

judge pass 'int f(int i); int f(int i) { static const int t[] = {3, 1, 2}; return t[i]; }'
judge pass 'const char *const names[] = {"a", "b"};'
judge fail 'int count; int next(void); int next(void) { return ++count; }'
judge fail 'int next(void); int next(void) { static int count = 7; return ++count; }'
judge fail '_Thread_local int last;'
judge fail 'const char *names[] = {"a", "b"};'
exit $bad
