#!/bin/sh
# The hospital at the sandbox, and the tests of trust for long, on SQLite and on a private PostgreSQL. GONGJI_SEED=n repeats a run.
cd "$(dirname "$0")/.." || exit 2
unset GONGJI_POSTGRES
GONGJI_SOAK=1
GONGJI=$PWD/build/release/src/gongji
PYTHONPATH=$PWD/tools
PYTHONDONTWRITEBYTECODE=1
export GONGJI_SOAK GONGJI PYTHONPATH PYTHONDONTWRITEBYTECODE
python=${PYTHON:-/usr/bin/python3}
status=0
"$python" -m pytest -q -s -p no:cacheprovider test/gateway/test_sandbox.py -k balances || status=1 # a thousand visits
set -- "$python" -m pytest -q -p no:cacheprovider test/trust
"$@" || status=1
tools/private_postgres.sh "$@" || status=1
exit $status
