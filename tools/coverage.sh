#!/bin/sh
# Runs all tests on build/coverage and says which lines of src they reached; pages in build/coverage/html.
cd "$(dirname "$0")/.." || exit 2
find build/coverage -name '*.gcda' -delete
meson test -C build/coverage --no-rebuild --timeout-multiplier 4 || echo "coverage: not all tests passed"
mkdir -p build/coverage/html
gcovr --root . build/coverage --filter src/ --exclude '.*_test\.c' \
    --html-details build/coverage/html/index.html --txt - --print-summary
