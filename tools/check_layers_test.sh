#!/bin/sh
# Shows that check_layers.sh lets good includes pass and catches each kind of bad one.
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d) || exit 2
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tools" "$root/include" "$root/src/base" "$root/src/engine/benefit" "$root/src/lib" "$root/src/odd"
cp "$here/layers.txt" "$root/tools/"
touch "$root/src/base/money.h" "$root/src/base/arena_internal.h" "$root/src/engine/benefit/benefit_internal.h"
bad=0

# judge pass|fail FILE 'LINE': with LINE in FILE, the check must pass, or fail and name FILE
judge() {
    printf '%s\n' "$3" >"$root/$2"
    found=$("$here/check_layers.sh" "$root")
    status=$?
    rm "$root/$2"
    case "$1:$status" in
    pass:0) ;;
    fail:1) case "$found" in "$2: "*) ;; *) echo "wrong words for $3 in $2: $found"; bad=1 ;; esac ;;
    *) echo "should $1 (status $status): $3 in $2 $found"; bad=1 ;;
    esac
}

judge pass src/engine/benefit/a.c '#include "base/money.h"'
judge pass src/engine/benefit/a.c '  #  include <stdint.h> /* why */'
judge pass src/engine/benefit/a.c '#include "benefit_internal.h"'
judge pass src/engine/benefit/a.c '#include "engine/benefit/benefit_internal.h"'
judge pass src/engine/benefit/a_test.c '#include <stdio.h>'
judge pass src/lib/lib.c '#include "gongji.h"'
judge pass src/base/arena.c '#include <setjmp.h>'
judge fail src/engine/benefit/a.c '#include <stdio.h>'
judge fail src/engine/benefit/a.c '#include "stdlib.h"'
judge fail src/engine/benefit/a.c '#include "service/pack/pack.h"'
judge fail src/engine/benefit/a.c '#include "../../base/money.h"'
judge fail src/engine/benefit/a.c '#include "base/arena_internal.h"'
judge fail src/engine/benefit/a.c '#include NAMED_BY_A_MACRO'
judge fail src/engine/benefit/a.c '#include "gongji.h"'
judge fail src/base/a.h '#include "engine/benefit/benefit.h"'
judge fail src/base/a.c '#include "nowhere.h"'
judge fail src/odd/a.c '#include <stdint.h>'
judge fail include/gongji.h '#include "base/money.h"'
exit $bad
