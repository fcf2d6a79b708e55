#!/usr/bin/env python3
"""Makes a C file that holds the files of the workbench, plain and compressed.

usage: gen_pages.py OUT.c DEPFILE DIST   (DIST may be missing: then there are no pages)
"""
import gzip
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def main():
    out, depfile, dist = (pathlib.Path(p).resolve() for p in sys.argv[1:])
    files = sorted(p for p in dist.rglob("*") if p.is_file() and p.suffix in TYPES) if dist.is_dir() else []
    blobs, rows = [], []
    for number, path in enumerate(files):
        name = "/" + path.relative_to(dist).as_posix()
        data = path.read_bytes()
        packed = gzip.compress(data, 9, mtime=0)
        rest = out.with_name(f"{out.stem}_{number}.gz")
        rest.write_bytes(packed if len(packed) < len(data) else b"")
        kinds = (("plain", path, len(data)), ("gzip", rest, len(rest.read_bytes())))
        for kind, source, _ in kinds:
            blobs.append(
                f'__asm__(".section .rodata\\n.balign 16\\npages_{kind}_{number}:\\n"\n'
                f'        ".incbin \\"{source}\\"\\n.byte 0\\n.previous\\n");\n'
                f"extern const char pages_{kind}_{number}[];\n")
        texts = ", ".join(f"{{pages_{kind}_{number}, {size}}}" for kind, _, size in kinds)
        content_type = TYPES[path.suffix]
        hashed = "true" if name.startswith("/assets/") else "false"
        rows.append(f'    {{{{"{name}", {len(name)}}}, {{"{content_type}", {len(content_type)}}},\n'
                    f"     {texts}, {hashed}}},\n")
    out.write_text('#include "edge/pages/pages.h"\n\n' + "".join(blobs) +
                   "extern const page_file pages_table[];\nextern const int pages_table_count;\n"
                   "const page_file pages_table[] = {\n" + "".join(rows) +
                   "    {{0}, {0}, {0}, {0}, false}};\n"
                   f"const int pages_table_count = {len(files)};\n", encoding="utf-8")
    inputs = " ".join(str(p).replace(" ", "\\ ") for p in [dist, *files] if p.exists())
    depfile.write_text(f"{out.name}: {inputs}\n", encoding="utf-8")


main()
