"""A small area for tests of the API: Ningde with two counties, three providers, four items, some people."""

FILES = {
    "areas": "area_code,name,pack_id\n350000,福建省,\n350900,宁德市,ningde\n350902,蕉城区,\n350921,霞浦县,\n",
    "providers": ("code,name,area_code,kind,level\n"
                  "H2,第二医院,350902,hospital,l2\nH3,第三医院,350921,hospital,l3\nH9,暂停医院,350902,hospital,l2\n"),
    "agreements": ("provider_code,from_on,until_on,state\nH2,2020-01-01,,signed\nH3,2020-01-01,,signed\n"
                   "H9,2020-01-01,2024-03-31,signed\nH9,2024-04-01,,suspended\n"),
    "items": "item_code,name,kind,spec,unit\nA1,床位费,service,,日\nB1,阿莫西林胶囊,drug,0.25g*24粒,盒\nC1,特需服务,service,,次\nN1,未纳入目录的药,drug,,盒\n",
    "terms": "area_code,item_code,from_on,item_class,pay_first,limit,price\n350900,A1,2020-01-01,A,,,\n350900,B1,2020-01-01,B,20%,12.50,14.80\n350900,C1,2020-01-01,C,,,\n",
    "diseases": "icd_code,name\nI10.x00,原发性高血压\n",
}


def id_no(area, born, number):
    """A certificate number with the right check digit."""
    head = f"{area}{born.replace('-', '')}{number:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return head + "10X98765432"[sum(int(c) * w for c, w in zip(head, weights)) % 11]


def fill(server, people):
    """people: list of dicts with name, born, county, categories [(word, from, until)], diseases the same."""
    files = dict(FILES)
    persons, covers, flags = ["id_no,name,area_code"], ["id_no,scheme,status,from_on,until_on"], ["id_no,kind,value,from_on,until_on"]
    for number, p in enumerate(people, 1):
        p["id_no"] = id_no(p.get("county", "350902"), p.get("born", "1980-02-03"), number)
        persons.append(f"{p['id_no']},{p['name']},{p.get('county', '350902')}")
        covers.append(f"{p['id_no']},{p.get('scheme', 'resident')},{p.get('status', 'resident')},2020-01-01,{p.get('until', '')}")
        for kind in ("category", "disease"):
            for word, start, end in p.get(kind, ()):
                flags.append(f"{p['id_no']},{kind},{word},{start},{end}")
    files.update(persons="\n".join(persons) + "\n", covers="\n".join(covers) + "\n", flags="\n".join(flags) + "\n")
    for kind in ("areas", "providers", "agreements", "items", "terms", "diseases", "persons", "covers", "flags"):
        path = f"{server.folder.name}/{kind}.csv"
        with open(path, "w", encoding="utf-8") as f:
            f.write(files[kind])
        if files[kind].count("\n") > 1:
            server.cli("import", kind, path, "--packs", str(server.packs), "--area", "350900", "--quiet")


class Area:
    """Ids of what was loaded, by name."""

    def __init__(self, client):
        self.provider = {r["code"]: r["provider_id"] for r in client.get("/providers?limit=100")["rows"]}
        self.client = client

    def person(self, id_no):
        rows = self.client.get(f"/persons?q={id_no}")["rows"]
        assert len(rows) == 1, rows
        return rows[0]["person_id"]
