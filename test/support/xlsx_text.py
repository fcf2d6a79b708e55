"""Prints an XLSX file for comparison: `A1 s text`, `B2 n 12.3 #,##0.00`, then what is known of panes, widths and dates."""
import sys
import xml.etree.ElementTree as ET
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def main(path):
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        sheet = ET.fromstring(z.read("xl/worksheets/sheet1.xml"))
        styles = ET.fromstring(z.read("xl/styles.xml"))
        book = ET.fromstring(z.read("xl/workbook.xml"))
        core = z.read("docProps/core.xml").decode()
        dates = {info.date_time for info in z.infolist()}
    codes = {f.get("numFmtId"): f.get("formatCode") for f in styles.iter(MAIN + "numFmt")}
    xfs = [x.get("numFmtId") for x in styles.find(MAIN + "cellXfs")]
    rows = 0
    for row in sheet.iter(MAIN + "row"):
        rows += 1
        if rows > 50:
            continue
        for c in row:
            if c.get("t") == "inlineStr":
                print(c.get("r"), "s", "".join(t.text or "" for t in c.iter(MAIN + "t")))
            else:
                fmt = xfs[int(c.get("s", "0"))]
                print(c.get("r"), "n", c.find(MAIN + "v").text, codes.get(fmt, fmt))
            assert c.find(MAIN + "f") is None, "a formula"
    pane = next(sheet.iter(MAIN + "pane"))
    print("pane", pane.get("ySplit"), pane.get("state"))
    for col in sheet.iter(MAIN + "col"):
        print("width", col.get("min"), round(float(col.get("width"))))
    print("name", next(book.iter(MAIN + "sheet")).get("name"))
    print("created", core.split("<dcterms:created")[1].split(">")[1].split("<")[0])
    print("zip", *sorted(dates))
    print("rows", rows)


main(sys.argv[1])
