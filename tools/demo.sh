#!/bin/sh
# Checks a pack, settles the bills of demo/bills.jsonl with it, and explains the first of them fen by fen.
set -e
cd "$(dirname "$0")/.."
gongji=${GONGJI:-build/release/src/gongji}
pack=packs/ningde
[ -x "$gongji" ] || { echo "demo: $gongji is not built"; exit 1; }

show() {
    echo
    echo "\$ gongji $*"
    "$gongji" "$@"
}

show pack check $pack
show settle --pack $pack --in demo/bills.jsonl --text
echo
echo "# The first of them, fen by fen:"
head -n 1 demo/bills.jsonl > build/demo-first.jsonl
show settle --pack $pack --in build/demo-first.jsonl --text --explain --quiet
echo "# The same as data, and what else there is:"
echo "  gongji settle --pack $pack --in demo/bills.jsonl --out settlements.jsonl --explain"
echo "  gongji pack explain $pack"
echo "  gongji help"
