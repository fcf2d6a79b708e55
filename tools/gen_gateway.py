#!/usr/bin/env python3
"""Facts about the national provider interface: which transactions there are, which fields they have.

usage: gen_gateway.py facts FOLDER      writes packs/common/gateway/*.csv from FOLDER/interface.json, dictionaries.json
                                        and service_paths.tsv
       gen_gateway.py compare FOLDER    fails when those files differ from what `facts` would write
       gen_gateway.py tables OUT FOLDER makes the C tables of the csv files in FOLDER
       gen_gateway.py state DISPATCH    the table of docs/gateway.md from src/edge/gateway/handler.tbl.h

Kept are numbers, names, types, lengths and codes: no explanations.
"""
import csv
import io
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "packs/common/gateway"
TYPES = {"字符": "text", "字符型": "text", "VARCHAR": "text", "大文本": "text", "数值型": "number", "数值": "number",
         "数字": "text", "数字型": "number", "BigDecimal": "number", "整数类型": "number", "整型": "number",
         "日期型": "time", "日期时间型": "time", "日期": "time", "日期时间": "time", "字节": "bytes", "字节数组": "bytes"}
DIRECTIONS = {"in": "in", "out": "out", "infile": "file_in", "outfile": "file_out"}
# What the specification says too narrowly: real clients send more.
WIDER = {("2601", "oinfno"): 6, ("9002", "sign_no"): 50}


def length_of(text):
    """ "16,2" → 16, 2"""
    found = re.match(r"\s*(\d+)\s*(?:[,，]\s*(\d+))?", text or "")
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def is_repeated(node, transaction):
    """Does the specification say that this node has several rows?"""
    label = re.sub(r"[（(].*", "", node["caption"].split("-")[-1]).strip()
    notes = "；".join(transaction.get("notes") or [])
    side = "输入" if node["dir"] == "in" else "输出"
    if "列表" in label or "明细" in label or (label and re.search(re.escape(label) + "[^；，,。]{0,8}多行", notes)):
        return True
    return bool(re.search(side + "为多行", notes))


def dictionary_of(field, dictionaries):
    wanted = field["dict"] or ""
    return field["code"] if wanted in ("Y", "是") and field["code"] in dictionaries else ""


def facts(folder):
    """file name → rows"""
    folder = Path(folder)
    interface = json.loads((folder / "interface.json").read_text(encoding="utf-8"))
    dictionaries = json.loads((folder / "dictionaries.json").read_text(encoding="utf-8"))
    transactions, fields, columns, used = [], [], [], set()
    for number, t in sorted(interface["transactions"].items()):
        transactions.append([number, re.sub(r"[（(].*", "", t["name"]).strip(), "national"])
        seen = set()
        for node in t["nodes"]:
            name = node["node"] if re.fullmatch(r"\w+", node["node"] or "", re.A) else ""
            for f in node["fields"]:
                key = (node["dir"], name, f["code"])
                if not re.fullmatch(r"[A-Za-z]\w*", f["code"], re.A) or key in seen:
                    continue
                seen.add(key)
                if f["code"] == "filename" and node["dir"] == "out":
                    columns += [[number, int(place), heading.strip()]
                                for place, heading in re.findall(r"第(\d+)列：([^\n]*)", f["note"])]
                size, scale = length_of(f["len"])
                size = WIDER.get((number, f["code"]), size)
                dictionary = dictionary_of(f, dictionaries)
                used |= {dictionary} - {""}
                kind = TYPES.get(f["type"].strip(), "any")
                if kind == "number" and size >= 20:  # serial numbers, in which real systems have letters
                    kind = "text"
                fields.append([number, DIRECTIONS[node["dir"]], name, int(is_repeated(node, t)), f["code"], kind, size,
                               scale, int(f["req"].strip() == "Y"), dictionary])
    for number, t in sorted(interface["provincial_only"].items()):
        transactions.append([number, re.sub(r"[（(].*", "", t.get("name") or "").strip(), "provincial"])
    codes = []
    for name in sorted(used):
        for code, label in {str(c).strip(): str(v).strip() for c, v in dictionaries[name]["values"]}.items():
            if re.fullmatch(r"[\w.\-]{1,20}", code, re.A):
                codes.append([name, code, label])
    paths = [row.split("\t")[:2] for row in (folder / "service_paths.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    # two transactions sent to one path: the first is the one the path is named after
    first = {}
    for number, path in paths:
        first.setdefault(path, number)
    paths = sorted([number, path] for path, number in first.items())
    return {
        "transactions.csv": [["transaction", "name", "kind"]] + transactions,
        "fields.csv": [["transaction", "direction", "node", "repeated", "field", "type", "length", "scale", "required",
                        "dictionary"]] + fields,
        "dictionaries.csv": [["dictionary", "code", "label"]] + codes,
        "paths.csv": [["transaction", "path"]] + paths,
        "columns.csv": [["transaction", "place", "heading"]] + columns,
    }


def csv_text(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def rows_of(folder, name):
    with open(Path(folder) / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def literal(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def tables(folder):
    fields, codes = rows_of(folder, "fields.csv"), rows_of(folder, "dictionaries.csv")
    out = ["#ifdef GATE_CODE"]
    places, at = {}, 0
    for row in codes:
        first, count = places.get(row["dictionary"], (at, 0))
        places[row["dictionary"]] = (first, count + 1)
        at += 1
        out.append(f'GATE_CODE({literal(row["code"])}, {literal(row["label"])})')
    out += ["#undef GATE_CODE", "#endif", "#ifdef GATE_DICTIONARY"]
    number = {}
    for i, (name, (first, count)) in enumerate(places.items()):
        number[name] = i + 1
        out.append(f"GATE_DICTIONARY({literal(name)}, {first}, {count})")
    out += ["#undef GATE_DICTIONARY", "#endif", "#ifdef GATE_FIELD"]
    spans, at = {}, 0
    for row in fields:
        first, count = spans.get(row["transaction"], (at, 0))
        spans[row["transaction"]] = (first, count + 1)
        at += 1
        out.append("GATE_FIELD(%s, %s, %s, %s, %s, %s, %s, %s, %d)" % (
            row["direction"].upper(), literal(row["node"]), row["repeated"], literal(row["field"]), row["type"].upper(),
            row["length"], row["scale"], row["required"], number.get(row["dictionary"], 0)))
    out += ["#undef GATE_FIELD", "#endif", "#ifdef GATE_TRANSACTION"]
    for row in rows_of(folder, "transactions.csv"):
        first, count = spans.get(row["transaction"], (0, 0))
        out.append(f'GATE_TRANSACTION({literal(row["transaction"])}, {literal(row["name"])}, {first}, {count})')
    out += ["#undef GATE_TRANSACTION", "#endif", "#ifdef GATE_PATH"]
    for row in rows_of(folder, "paths.csv"):
        out.append(f'GATE_PATH({literal(row["transaction"])}, {literal(row["path"])})')
    out += ["#undef GATE_PATH", "#endif", "#ifdef GATE_COLUMN"]
    for row in rows_of(folder, "columns.csv"):
        out.append(f'GATE_COLUMN({literal(row["transaction"])}, {literal(row["heading"])})')
    out += ["#undef GATE_COLUMN", "#endif", "#ifdef GATE_WORD"]
    kinds = {}
    for row in rows_of(folder, "words.csv"):
        kinds.setdefault(row["kind"], []).append("GATE_WORD(%s, %s, %s, %s, %s)" % tuple(
            literal(row[k] or "") for k in ("kind", "code", "word", "scheme", "label")))
    out += sum(kinds.values(), []) + ["#undef GATE_WORD", "#endif", "#ifdef GATE_KIND"]
    at = 0
    for kind, rows in kinds.items():
        out.append(f"GATE_KIND({literal(kind)}, {at}, {len(rows)})")
        at += len(rows)
    out += ["#undef GATE_KIND", "#endif", ""]
    return "\n".join(out)


def state(dispatch):
    """Which transactions have a use case, which are kept for the record, which are refused."""
    text = Path(dispatch).read_text(encoding="utf-8")
    live = dict(re.findall(r'GATE_HANDLER\("(\w+)", (\w+),', text))
    directions = {}
    for row in rows_of(DATA, "fields.csv"):
        directions.setdefault(row["transaction"], set()).add(row["direction"])
    lines = ["| transaction | name | state |", "|---|---|---|"]
    for row in rows_of(DATA, "transactions.csv"):
        number = row["transaction"]
        kept = number in directions and "out" not in directions[number]
        word = "works" if number in live else "kept for the record" if kept else "refused"
        lines.append(f"| {number} | {row['name']} | {word} |")
    return "\n".join(lines) + "\n"


def main():
    command, *rest = sys.argv[1:] or ["help"]
    if command == "facts":
        DATA.mkdir(parents=True, exist_ok=True)
        for name, rows in facts(rest[0]).items():
            (DATA / name).write_text(csv_text(rows), encoding="utf-8")
    elif command == "compare":
        wrong = [n for n, rows in facts(rest[0]).items() if (DATA / n).read_text(encoding="utf-8") != csv_text(rows)]
        sys.exit("differ: " + " ".join(wrong) if wrong else 0)
    elif command == "tables":
        Path(rest[0]).write_text(tables(rest[1]), encoding="utf-8")
    elif command == "state":
        print(state(rest[0]), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
