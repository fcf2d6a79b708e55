#!/bin/sh
# Shows that check_branches.py lets named branches pass and catches those not named, and names out of date.
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
bad=0
mkdir -p "$dir/src/engine/benefit" "$dir/docs"
printf 'int f(int a)\n{\n    if (a)\n        return 1;\n    return 0;\n}\n' >"$dir/src/engine/benefit/a.c"

# judge pass|fail FILE TIMES-TAKEN 'ROW OF THE PAGE'
judge() {
    printf '{"files": [{"file": "%s", "functions": [{"name": "f", "lineno": 1}], "lines": [{"line_number": 3,
        "branches": [{"count": 7}, {"count": %s}]}]}]}' "$2" "$3" >"$dir/report.json"
    echo "$4" >"$dir/docs/coverage.md"
    "${PYTHON:-/usr/bin/python3}" "$here/check_branches.py" "$dir/report.json" "$dir" >"$dir/found" 2>&1
    case "$1:$?" in
    pass:0 | fail:1) ;;
    *) echo "should $1: $2 $3 $4"; cat "$dir/found"; bad=1 ;;
    esac
}

# shellcheck disable=SC2016  # quotes of the page
named='| `a.c` | `f()` | `if (a)` | 1 | why |'
judge pass src/engine/benefit/a.c 1 'nothing'
judge pass src/engine/benefit/a.c 0 "$named"
judge fail src/engine/benefit/a.c 0 'nothing'
judge fail src/engine/benefit/a.c 0 "$(echo "$named" | sed 's/f()/g()/')"
judge fail src/engine/benefit/a.c 0 "$(echo "$named" | sed 's/| 1 |/| 2 |/')"
judge fail src/engine/benefit/a.c 1 "$named"
judge fail src/other/a.c 1 'nothing'
exit $bad
