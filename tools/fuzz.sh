#!/bin/sh
# Lets each fuzz target of build/fuzz search for FUZZ_SECONDS. What it learns stays in build/fuzz-corpus; an input
# that breaks something is kept in build/fuzz-found: copy it to fuzz/corpus/NAME when the fault is mended.
cd "$(dirname "$0")/.." || exit 2
failed=0
targets=0
for target in build/fuzz/fuzz/fuzz_*; do
    [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    targets=$((targets + 1))
    mkdir -p "build/fuzz-corpus/$name" build/fuzz-found
    echo "fuzz $name: ${FUZZ_SECONDS:=60} s"
    "$target" -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 -verbosity=0 -timeout=10 \
        -artifact_prefix="build/fuzz-found/$name-" "build/fuzz-corpus/$name" "fuzz/corpus/$name" || failed=1
done
[ $targets -gt 0 ] || { echo "fuzz: no target in fuzz/meson.build"; exit 1; }
exit $failed
