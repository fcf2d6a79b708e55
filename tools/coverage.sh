#!/bin/sh
# Runs all tests on build/coverage and says which lines of src they reached; pages in build/coverage/html.
# Fails when a branch of the benefit engine was not reached that docs/coverage.md does not name.
cd "$(dirname "$0")/.." || exit 2
find build/coverage -name '*.gcda' -delete
meson test -C build/coverage --no-rebuild --timeout-multiplier 4 || echo "coverage: not all tests passed"
mkdir -p build/coverage/html
gcovr --root . build/coverage --filter src/ --exclude '.*_test\.c' \
    --html-details build/coverage/html/index.html --json build/coverage/coverage.json --txt - --print-summary ||
    exit 1
"${PYTHON:-/usr/bin/python3}" tools/check_branches.py build/coverage/coverage.json
