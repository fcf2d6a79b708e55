#!/bin/sh
# Runs the benchmarks of build/release, one at a time, and prints the lines of each.
# usage: tools/bench.sh [lists]    lists: only the pages at a million persons and three million settlements
cd "$(dirname "$0")/.." || exit 2
if [ "${1:-}" = lists ]; then
    exec tools/private_postgres.sh "${PYTHON:-/usr/bin/python3}" bench/http_bench.py build/release/src/gongji --lists
fi
log=build/release/meson-logs/bench.json
rm -f "$log"
meson test -C build/release --benchmark --logbase bench --no-rebuild --num-processes 1 --print-errorlogs >build/bench.txt || {
    cat build/bench.txt
    exit 1
}
[ -f "$log" ] || { echo "bench: no benchmark in bench/meson.build"; exit 1; }
"${PYTHON:-/usr/bin/python3}" -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    print(json.loads(line)["stdout"], end="")' "$log"
