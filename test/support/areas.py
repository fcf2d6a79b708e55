"""Two pooling areas in one installation: Ningde (350900), where people are insured, and Chengde (130800), where some of them fall
ill; and the other way round. Items are the same, but each area has its own classes, limits and shares."""
import shutil
import sqlite3
import subprocess
from pathlib import Path

from support.area import id_no
from support.server import ROOT

AREAS = ("area_code,name,pack_id\n350000,福建省,\n350900,宁德市,ningde\n350902,蕉城区,\n"
         "130000,河北省,\n130800,承德市,chengde\n130802,双桥区,\n")
PROVIDERS = ("code,name,area_code,kind,level\nN3,宁德三级医院,350902,hospital,l3\nN1,宁德一级医院,350902,hospital,l1\n"
             "C3,承德三级医院,130802,hospital,l3\nCP,河北省属医院,130802,hospital,prov\nC1,承德一级医院,130802,hospital,l1\n"
             "CX,承德停用医院,130802,hospital,l3\nCD,承德大药房,130802,pharmacy,l1\n")
AGREEMENTS = ("provider_code,from_on,until_on,state\nN3,2020-01-01,,signed\nN1,2020-01-01,,signed\nC3,2020-01-01,,signed\n"
              "CP,2020-01-01,,signed\nC1,2020-01-01,,signed\nCX,2020-01-01,,suspended\nCD,2020-01-01,,signed\n")
ITEMS = ("item_code,name,kind,spec,unit\nA1,床位费,service,,日\nB1,阿莫西林胶囊,drug,0.25g*24粒,盒\n"
         "N1,只在承德纳入的药,drug,,盒\nH1,只在宁德纳入的药,drug,,盒\n")
# area, item, class, pay first, limit
TERMS = ("area_code,item_code,from_on,item_class,pay_first,limit,price\n"
         "350900,A1,2020-01-01,A,,,\n350900,B1,2020-01-01,B,20%,12.50,\n350900,H1,2020-01-01,A,,,\n"
         "130800,A1,2020-01-01,A,,,\n130800,B1,2020-01-01,B,30%,10.00,\n130800,N1,2020-01-01,A,,,\n")


def packs_of(folder):
    """The project's packs, with a level to be mapped and drugs opened outside, as an office might write it."""
    packs = Path(folder) / "packs"
    shutil.copytree(ROOT / "packs", packs)
    manifest = packs / "ningde/pack.yaml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace("chronic], basis", "chronic, dual_channel], basis", 1)
    text = text.replace("  routes:\n", "  levels: {prov: l3}\n  routes:\n")
    assert "dual_channel" in text and "levels" in text
    manifest.write_text(text, encoding="utf-8")
    return packs


def fill(server, people):
    """people: name → dict(area, scheme, status, filing=[(word, from, until)]); gets "id_no"."""
    persons, covers, flags = ["id_no,name,area_code"], ["id_no,scheme,status,from_on"], ["id_no,kind,value,from_on,until_on"]
    for number, (name, p) in enumerate(people.items(), 1):
        p["id_no"] = id_no(p["area"], "1980-02-03", number)
        persons.append(f"{p['id_no']},{name},{p['area']}")
        covers.append(f"{p['id_no']},{p.get('scheme', 'resident')},{p.get('status', 'resident')},2020-01-01")
        flags += [f"{p['id_no']},filing,{word},{start},{end}" for word, start, end in p.get("filing", ())]
    files = {"areas": AREAS, "providers": PROVIDERS, "agreements": AGREEMENTS, "items": ITEMS, "terms": TERMS,
             "persons": "\n".join(persons) + "\n", "covers": "\n".join(covers) + "\n", "flags": "\n".join(flags) + "\n"}
    for kind, text in files.items():
        load(server, kind, text)


def load(server, kind, text):
    path = f"{server.folder.name}/{kind}.csv"
    Path(path).write_text(text, encoding="utf-8")
    server.cli("import", kind, path, "--packs", str(server.packs), "--quiet")


def sql(server, text):
    """Rows as tuples of texts."""
    if server.database.startswith("postgres"):
        done = subprocess.run(["psql", "-qtAF", "\t", server.database, "-c", text], capture_output=True, text=True, check=True)
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]
    with sqlite3.connect(server.database, timeout=30) as db:
        return [tuple(str(cell) for cell in row) for row in db.execute(text)]


def check(server, status=0):
    return server.cli("check", "--packs", str(server.packs), status=status)
