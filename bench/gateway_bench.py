"""The provider interface against REST on SQLite: time and the server's CPU time for the same settlements; questions a second;
a bill of 500 lines.

    python3 bench/gateway_bench.py GONGJI [--visits 1500]

Wall time of a shared machine drifts; CPU time of the server hardly does, so the ratio is told by both.
"""
import argparse
import http.client
import json
import os
import re
import statistics
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))
TICK = os.sysconf("SC_CLK_TCK")
LINES = [("A1", 1 + i, 10.0 + i) if i % 2 else ("B1", 1 + i, 14.8) for i in range(8)]


def cpu_seconds(pid):
    text = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(text[11]) + int(text[12])) / TICK


class Line:
    """A connection that is kept."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.http.connect()

    def post(self, path, body, headers):
        self.http.request("POST", path, body, headers)
        answer = self.http.getresponse()
        return answer.status, answer.read()


def run(server, messages, connections):
    """messages: for each visit a list of (path, bytes, headers); → seconds, CPU seconds, times of the last of each, answers."""
    shares, times, answers, wrong = [messages[i::connections] for i in range(connections)], [], [], []

    def work(share):
        line = Line(server.port)
        for visit in share:
            for path, body, headers in visit:
                begun = time.perf_counter()
                status, answer = line.post(path, body, headers)
                took = time.perf_counter() - begun
                if status >= 300 or b'"infcode":-1' in answer:
                    wrong.append(answer[:300])
            times.append(took)
            answers.append(answer)
        line.http.close()

    threads = [threading.Thread(target=work, args=(s,)) for s in shares]
    cpu, begun = cpu_seconds(server.process.pid), time.perf_counter()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took = time.perf_counter() - begun
    if wrong:
        sys.exit(f"{len(wrong)} messages were refused: {wrong[0].decode()}")
    return took, cpu_seconds(server.process.pid) - cpu, times, answers


def told(name, count, took, cpu, times):
    ordered = sorted(times)
    print(f"{name}: {count / took:.0f}/s, {1e6 * cpu / count:.0f} us of the server's CPU each, "
          f"p99 {1000 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]:.1f} ms", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("gongji")
    options.add_argument("--visits", type=int, default=1500)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=8)
    o = options.parse_args()
    os.environ["GONGJI"], os.environ["GONGJI_POSTGRES"] = os.path.abspath(o.gongji), ""
    from support.area import fill
    from support.hospital import SINGLE, Hospital, admit
    from support.server import Server
    people = [{"name": f"病人{i}"} for i in range(300)]
    text, kind = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}
    with Server(options=["--log", "0"]) as server:
        fill(server, people)
        admit(server, "H2,open")
        clerk = server.user("bench", "clerk")
        provider = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "H2")
        h = Hospital(server)
        for p in people:
            p["psn"] = h.person(p["id_no"])["baseinfo"]["psn_no"]
        gateway, rest = [], []
        token = {**kind, "Authorization": "Bearer " + clerk.token}
        serial = 0

        def envelope(infno, data, batch=[0]):
            batch[0] += 1
            return SINGLE, json.dumps(h.envelope(infno, data, f"H20000000000{batch[0]:018}"), ensure_ascii=False).encode(), text

        for r in range(o.rounds):
            through, direct = [], []
            for i in range(o.visits):
                psn = people[(serial + i) % len(people)]["psn"]
                visit = h.register(psn)
                h.inform(psn, visit)
                rows = h.rows(psn, visit, LINES, f"B{serial + i}")
                through.append([envelope("2204", {"feedetail": rows}), envelope("2207", h.bill(psn, visit, rows))])
                direct.append([("/api/v1/settlements", json.dumps({
                    "person_id": psn, "provider_id": provider, "scheme": "resident", "channel": "hospital",
                    "visit": {"kind": "outpatient", "date": "2024-05-01"},
                    "lines": [{"code": c, "quantity": n, "unit_price": p, "amount": f"{n * p:.2f}", "date": "2024-05-01"}
                              for c, n, p in LINES]}).encode(), {**token, "Idempotency-Key": f"bench-{serial + i}"})])
            serial += o.visits
            for kept, messages in ((rest, direct), (gateway, through)) if r % 2 else ((gateway, through), (rest, direct)):
                kept.append(run(server, messages, o.connections))
        best = {}
        for name, rounds in (("gateway_settle 2204 (8 lines) + 2207", gateway), ("gateway_settle the same by REST", rest)):
            cpu, took = statistics.median(r[1] for r in rounds), statistics.median(r[0] for r in rounds)
            best[name] = cpu, took
            told(name, o.visits, took, cpu, [t for r in rounds for t in r[2]])
        (a, b), (c, d) = best.values()
        print(f"gateway_settle: gateway to REST {a / c:.2f} x CPU time, {b / d:.2f} x time (medians of {o.rounds} rounds)")
        who = [envelope("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": p["id_no"]}}) for p in people]
        ask = [[who[i % len(who)]] for i in range(o.visits)]
        told("gateway_1101", len(ask), *run(server, ask, o.connections)[:3])
        _, _, _, answers = gateway[-1]
        done = [json.loads(a)["output"]["setlinfo"] for a in answers]
        ask = [[envelope("5203", {"data": {k: s[k] for k in ("psn_no", "setl_id", "mdtrt_id")}})] for s in done]
        told("gateway_5203", len(ask), *run(server, ask, o.connections)[:3])
        stays = []
        for p in people[:100]:
            visit = h.admit(p["psn"])
            rows = h.rows(p["psn"], visit, [("B1" if i % 2 else "A1", 1 + i % 3, 14.8) for i in range(500)])
            h.do("2301", {"feedetail": rows})
            h.discharge(p["psn"], visit)
            stays.append([envelope("2304", h.bill(p["psn"], visit, rows, med_type="21", mid_setl_flag="0"))])
        told("gateway_2304 of 500 lines", len(stays), *run(server, stays, 1)[:3])


main()
