#!/usr/bin/python3
"""The C example of libgongji, as somebody who embeds the grouper would run it.

    c.py EXAMPLE [EXAMPLE_DIP]
"""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "examples/c/group.c"

said = subprocess.run([sys.argv[1], str(ROOT / "packs/schemes/teaching")], capture_output=True, text=True, check=False)
assert said.returncode == 0, said.stderr
lines = said.stdout.splitlines()
assert lines[0] == "MDCG GD1 GD13", lines[0]
assert "the first procedure is in procedure list 1: 47.0100 腹腔镜阑尾切除术" in lines, said.stdout
wrong = subprocess.run([sys.argv[1], "/nowhere"], capture_output=True, text=True, check=False)
assert wrong.returncode == 1 and "/nowhere: no such folder" in wrong.stderr, wrong.stderr
code = [line for line in SOURCE.read_text(encoding="utf-8").splitlines() if line.strip() not in ("", "{", "}")]
assert len(code) <= 26, f"{len(code)} lines: the example is to stay short"
print("\n".join(lines))

if len(sys.argv) > 2:
    dip = subprocess.run([sys.argv[2], str(ROOT / "packs/dip/teaching")], capture_output=True, text=True, check=False)
    assert dip.returncode == 0, dip.stderr
    assert dip.stdout.startswith("K80.1:51.2300 1785.0000\nmain diagnosis K80.1\n"), dip.stdout
    wrong = subprocess.run([sys.argv[2], "/nowhere"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1 and "/nowhere: no such folder" in wrong.stderr, wrong.stderr
