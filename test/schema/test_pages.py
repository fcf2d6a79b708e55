"""The pages against the program: what they name exists, and every option of the command is in the manual."""
import os
import re
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
SOURCES = {p: p.read_text(encoding="utf-8") for p in sorted((ROOT / "src").rglob("*")) if p.suffix in (".c", ".h", ".cpp")}
CODE = "\n".join(SOURCES.values())
PAGES = [ROOT / "docs/ARCHITECTURE.md", ROOT / "docs/benefit.md", *sorted((ROOT / "docs/adr").glob("0*.md")),
         *sorted((ROOT / "src").rglob("README.md"))]
CLI = "".join(text for path, text in SOURCES.items() if path.parent.name == "cli")
MANUALS = ["docs/man/gongji.1", "docs/man/gongji.zh.1"]
COMPLETIONS = ["completions/gongji.bash", "completions/_gongji"]


def quoted(page):
    text = page.read_text(encoding="utf-8")
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_named_exist(page):
    named = {m[1] for q in quoted(page) if (m := re.fullmatch(r"(\w+)\(\)", q))}
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\(", CODE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_named_exist(page):
    missing = []
    for q in quoted(page):
        if "*" in q or "NNNN" in q or not re.fullmatch(r"[\w./-]+", q):
            continue
        if re.match(r"(src|docs|test|tools|packs|completions)/", q):
            if not (ROOT / q).exists():
                missing.append(q)
        elif re.search(r"\w\.(c|h|cpp)$", q):
            if not any(str(p).endswith("/" + q) for p in SOURCES):
                missing.append(q)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


def options():
    """Every option the command compares an argument with; `--help` and `--version` among them."""
    found = set(re.findall(r'strcmp\([^,]+, "(--[\w-]+)"\)', CLI)) | set(re.findall(r'\.name = "(--[\w-]+)"', CLI))
    assert {"--pack", "--in", "--out", "--explain", "--threads", "--format", "--quiet", "--policy", "--lang", "--version"} <= found
    return found


@pytest.mark.parametrize("manual", MANUALS)
def test_manual_has_every_option(manual):
    text = (ROOT / manual).read_text(encoding="utf-8")
    assert {"--" + name for name in re.findall(r"\bFl -([\w-]+)", text)} == options()


@pytest.mark.parametrize("file", COMPLETIONS)
def test_completion_has_every_option(file):
    assert set(re.findall(r"--[a-z]+(?:-[a-z]+)*\b", (ROOT / file).read_text(encoding="utf-8"))) == options()


@pytest.mark.parametrize("manual", MANUALS)
def test_manual_has_every_exit_status(manual):
    text = (ROOT / manual).read_text(encoding="utf-8")
    section = re.search(r"^\.Sh EXIT STATUS$(.*?)^\.Sh", text, re.M | re.S)[1]
    declared = re.findall(r"\bEXIT_\w+ = (\d)", (ROOT / "src/edge/cli/cli.h").read_text(encoding="utf-8"))
    assert re.findall(r"^\.It (\d)$", section, re.M) == declared
