#!/bin/sh
# Fails when a file under src or include includes what tools/layers.txt does not grant its module.
# usage: tools/check_layers.sh [ROOT]   (ROOT is for the self-test)
cd "${1:-$(dirname "$0")/..}" || exit 2
[ -s tools/layers.txt ] || { echo "tools/layers.txt is missing or empty"; exit 2; }

find src include -type f \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.hpp' \) ! -name '*_test.c' \
    -exec grep -HE '^[[:space:]]*#[[:space:]]*include' {} + 2>/dev/null | awk '
    function fail(text) { print file ": " text; bad = 1 }

    # The module a path under src belongs to: the longest one in layers.txt that the path begins with.
    function module_of(path) {
        while (sub(/\/[^\/]*$/, "", path)) if (path in is_module) return path
        return ""
    }

    # A bare name in quotes is a header in the same folder, hence of the same module.
    function is_neighbour(name,    path, line, found) {
        path = file; sub(/[^\/]*$/, name, path)
        found = name !~ /\// && (getline line < path) >= 0
        close(path)
        return found
    }

    NR == FNR {
        sub(/#.*/, "")
        if (NF == 0) next
        if ($1 !~ /:$/) { print FILENAME ": no colon after the module in: " $0; bad = 1; next }
        sub(/:$/, "", $1)
        is_module[$1] = 1
        for (i = 2; i <= NF; i++) granted[$1, $i] = 1
        next
    }
    {
        file = $0; sub(/:.*/, "", file)
        path = file; sub(/^src\//, "", path)
        self = module_of(path)
        if (self == "") { fail("its folder is not a module of tools/layers.txt"); next }

        target = $0
        if (target !~ /include[[:space:]]*["<]/) { fail("an include must name its file: " target); next }
        sub(/^[^:]*:[[:space:]]*#[[:space:]]*include[[:space:]]*["<]/, "", target)
        sub(/[">].*/, "", target)

        owner = target == "gongji.h" ? "include" : module_of(target)
        if (owner == self || granted["*", target] || granted[self, target]) next
        if (owner != "" && !granted[self, owner]) fail(self " may not include " target)
        else if (owner != "" && target ~ /_internal\./) fail(target " is internal to " owner)
        else if (owner == "" && !($0 ~ /"/ && is_neighbour(target))) fail(self " may not include " target)
    }
    END { exit bad }' tools/layers.txt -
