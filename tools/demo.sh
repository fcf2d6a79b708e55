#!/bin/sh
# Settles a bill on the command line and explains it; then makes an invented area of 30,000 people, settles a month of
# its bills, and serves the workbench until Ctrl-C. DEMO_SERVE=no ends before serving, DEMO_PORT is another port.
set -e
cd "$(dirname "$0")/.."
gongji=${GONGJI:-build/release/src/gongji}
python=${PYTHON:-/usr/bin/python3}
port=${DEMO_PORT:-8080}
dir=build/demo
[ -x "$gongji" ] || { echo "demo: $gongji is not built"; exit 1; }
mkdir -p $dir

echo "# One bill, fen by fen:"
head -n 1 demo/bills.jsonl >$dir/first.jsonl
"$gongji" settle --pack packs/ningde --in $dir/first.jsonl --text --explain --quiet

if [ ! -f $dir/ready ]; then
    rm -rf $dir/gongji.db* $dir/users
    echo "# An invented area: 30,000 people, 300 providers, a month of bills, all settled the real way"
    "$gongji" init --db $dir/gongji.db >$dir/administrators
    "$gongji" demo --db $dir/gongji.db
    touch $dir/ready
fi
"$gongji" check --db $dir/gongji.db
[ "${DEMO_SERVE:-yes}" = no ] && exit 0

"$gongji" serve --db $dir/gongji.db --port "$port" --log 1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server' EXIT
trap 'exit 0' INT TERM
"$python" - "$port" <<'PY' || exit 1
import sys, time, urllib.request
for _ in range(100):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/readyz").read()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("demo: the server does not answer")
PY
[ -f $dir/users ] || "$python" tools/demo_users.py "$gongji" $dir/gongji.db "http://127.0.0.1:$port" $dir/users
echo
echo "The benefit calculator, for everybody:  http://127.0.0.1:$port/"
echo "The workbench:                          http://127.0.0.1:$port/counter"
echo "  login      password             role         name"
cat $dir/users
echo "  the three administrators: $dir/administrators"
echo "Ctrl-C ends it; make clean forgets it."
wait $server
