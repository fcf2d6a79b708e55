#!/bin/sh
# Fails on a file of src or include of more than 1,000 lines, or a line of C of more than 100 characters.
# Characters, not bytes: a Chinese text may stand in a comment or a table.
# Tables (.tbl.h) are read in rows and may be wide.
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8

found=$(
    find src include -type f -exec wc -l {} \; 2>/dev/null | awk '$1 > 1000 { print $2 ": " $1 " lines, at most 1000" }'
    grep -rnE --include='*.[ch]' --include='*.[ch]pp' --exclude='*.tbl.h' '.{101}' src include test bench fuzz 2>/dev/null |
        sed 's/^\([^:]*:[0-9]*\):.*/\1: more than 100 characters/'
)
[ -z "$found" ] || { echo "$found"; exit 1; }
