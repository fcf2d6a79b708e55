#!/usr/bin/env python3
"""Makes C tables of the SQL files.

usage: gen_sql.py statements OUT FILE.sql...   SQL(ID, parameters, "text") for each `-- name: id` block
       gen_sql.py migrations OUT FILE.sql...   MIGRATION(number, "name", "statement") for each statement of
                                               each NNNN_name.sql, in order
"""
import pathlib
import re
import sys

STRING_MAX = 400  # C promises strings of 4095 bytes; short pieces also read better in the output


def literal(text):
    pieces = []
    for line in text.splitlines():
        line = line.strip()
        for start in range(0, max(len(line), 1), STRING_MAX):
            piece = line[start:start + STRING_MAX]
            pieces.append('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"')
        pieces[-1] = pieces[-1][:-1] + '\\n"'
    return "\n    ".join(pieces)


def without_comments(text):
    """Leaves `/*sqlite: …*/` alone; `--` comments go, unless inside a string."""
    return "\n".join(
        line for line in (re.sub(r"^((?:[^'-]|'[^']*'|-(?!-))*)--.*$", r"\1", line).rstrip()
                          for line in text.splitlines()) if line)


def statements(paths):
    seen = {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        blocks = re.split(r"^-- name: (\w+) *$", text, flags=re.M)
        for name, body in zip(blocks[1::2], blocks[2::2]):
            if name in seen:
                sys.exit(f"{path}: {name} is also in {seen[name]}")
            seen[name] = path
            body = without_comments(body).strip()
            if not body.endswith(";") or ";" in body[:-1]:
                sys.exit(f"{path}: {name} must be one statement that ends with a semicolon")
            numbers = sorted({int(n) for n in re.findall(r"\$(\d+)", body)})
            if numbers != list(range(1, len(numbers) + 1)):
                sys.exit(f"{path}: the parameters of {name} are {numbers}, not 1 to {len(numbers)}")
            yield f"SQL({name.upper()}, {len(numbers)},\n    {literal(body[:-1])})"


def migrations(paths):
    for expected, path in enumerate(sorted(paths), 1):
        number, _, name = path.stem.partition("_")
        if int(number) != expected:
            sys.exit(f"{path}: number {expected:04} expected")
        body = without_comments(path.read_text(encoding="utf-8"))
        for statement in re.split(r";\s*\n", body + "\n"):
            if statement.strip():
                yield f'MIGRATION({expected}, "{name}",\n    {literal(statement.strip() + ";")})'


def main():
    kind, out, *names = sys.argv[1:]
    paths = [pathlib.Path(n) for n in names]
    rows = {"statements": statements, "migrations": migrations}[kind](paths)
    macro = {"statements": "SQL", "migrations": "MIGRATION"}[kind]
    pathlib.Path(out).write_text("\n".join([*rows, f"#undef {macro}", ""]), encoding="utf-8")


main()
