"""Durable settlements over HTTP, on SQLite and PostgreSQL, against pgbench in the same run; start-up; memory.

    tools/private_postgres.sh python3 bench/http_bench.py GONGJI            what `make bench` runs
    tools/private_postgres.sh python3 bench/http_bench.py GONGJI --lists    pages at 1 M persons, 3 M settlements
"""
import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = os.environ.get("GONGJI_POSTGRES", "")
PASSWORD = "Bench-Passw0rd"
PERSONS = 100_000


def say(text):
    print(text, flush=True)


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def new_database(folder, name):
    """A file, or an address of the private PostgreSQL."""
    if name == "SQLite":
        return str(folder / "bench.db")
    run("psql", "-q", POSTGRES, "-c", "create database bench")
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(POSTGRES)._replace(path="/bench"))


# ---- a server ----

class Server:
    def __init__(self, gongji, database, folder):
        self.gongji, self.database, self.folder = gongji, database, folder
        self.start()

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.gongji, "serve", "--db", self.database, "--packs", ROOT / "packs", "--port", "0", "--log", "0"],
            stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://[\w.:]+\d", self.process.stdout.readline())[0]
        self.ask("GET", "/readyz", raw=True)
        self.started_ms = 1000 * (time.monotonic() - begun)

    def ask(self, method, path, body=None, token=None, raw=False):
        headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method)) as answer:
            text = answer.read()
        return text.decode() if raw else json.loads(text or b"null")

    def clerk(self):
        """A user of our own, whose first password is changed."""
        first = run(self.gongji, "user", "add", "loader", "--role", "clerk", "--db", self.database).split("\t")[1].strip()
        token = self.ask("POST", "/api/v1/session", {"login": "loader", "password": first})["token"]
        self.ask("POST", "/api/v1/session/password", {"old": first, "new": PASSWORD}, token)
        (self.folder / "password").write_text(PASSWORD + "\n")

    def memory_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def bench(self, *options):
        return subprocess.Popen([self.gongji, "--lang", "en", "bench", "--url", self.url, "--login", "loader",
                                 "--password-file", self.folder / "password", "--persons", str(PERSONS),
                                 *map(str, options)], stdout=subprocess.PIPE, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()


def told(bench):
    out = bench.communicate()[0]
    if bench.returncode not in (0, 3):
        sys.exit("gongji bench failed: " + out)
    rate = float(re.search(r" ([\d.]+)/s", out)[1])
    times = {name: float(value) for name, value in re.findall(r"(\w+) ([\d.]+) ms", out)}
    return rate, times, int(re.search(r"errors (\d+)", out)[1]), out


# ---- where the time goes ----

STAGES = [  # the first that a stack holds
    ("engine", r"benefit_settle|benefit_parts"),
    ("parsing", r"json_parse|bill_of_json|desk_bill_read|simdjson"),
    ("writing JSON", r"desk_answer|settlement_to_json|case_document"),
    ("audit chain", r"audit_seal|EVP_Digest"),
    ("database", r"sqlite|libpq|\bPQ|conn_(put|ask|commit|begin)|lane_main|store_"),
    ("HTTP", r"MHD_|microhttpd|on_request|answer|tcp_|sock"),
]


def shares(pid, folder, seconds=3):
    """Share of the server's CPU time by stage; {} where perf is not to be had."""
    data = folder / "perf.data"
    record = ["perf", "record", "-q", "-F", "499", "--call-graph", "dwarf,8192", "-p", str(pid), "-o", str(data), "--",
              "sleep", str(seconds)]
    if not shutil.which("perf") or subprocess.run(record, capture_output=True).returncode:
        return {}
    text = subprocess.run(["perf", "script", "--no-inline", "-i", str(data), "-F", "comm,ip,sym,dso"], capture_output=True,
                          text=True).stdout
    found = {}
    stacks = [s for s in text.split("\n\n") if s.strip()]
    for stack in stacks:
        stage = next((name for name, pattern in STAGES if re.search(pattern, stack)), "other")
        found[stage] = found.get(stage, 0) + 1
    return {name: count / len(stacks) for name, count in sorted(found.items(), key=lambda f: -f[1])}


# ---- the two benches ----

def pgbench(seconds):
    out = run("pgbench", "-n", "-c", "8", "-j", "2", "-T", seconds, POSTGRES)
    return float(re.search(r"tps = ([\d.]+)", out)[1])


def settling(gongji, folder, name, seconds, rounds):
    database = new_database(folder, name)
    run(gongji, "bench", "--prepare", "--db", database, "--persons", PERSONS)
    server = Server(gongji, database, folder)
    server.clerk()
    rates, yardsticks, p99s, share = [], [pgbench(seconds)], [], {}
    for i in range(rounds):
        bench = server.bench("--seconds", seconds, "--seed", 1 + i)
        if i == rounds - 1:
            time.sleep(4)
            share = shares(server.process.pid, folder)
        rate, times, errors, out = told(bench)
        rates.append(rate)
        p99s.append(times["p99"])
        yardsticks.append(pgbench(seconds))
        say(f"  {name}: {rate:.0f}/s, p50 {times['p50']:.1f}, p99 {times['p99']:.1f} ms, errors {errors}; "
            f"pgbench {yardsticks[-2]:.0f} before, {yardsticks[-1]:.0f} after")
        if errors:
            say(out)
    ratio = statistics.median(r / ((a + b) / 2) for r, a, b in zip(rates, yardsticks, yardsticks[1:]))
    busy = server.memory_mb()
    server.stop()
    server.start()
    say(f"http_settle_{name.lower()}: {statistics.median(rates):.0f} settlements/s durable, 8 lines, 64 connections; "
        f"{ratio:.2f} x pgbench TPC-B (median of {rounds}); p99 {statistics.median(p99s):.1f} ms")
    say(f"  share of the server's CPU: {', '.join(f'{k} {100 * v:.0f} %' for k, v in share.items()) or 'no perf here'}")
    say(f"  start {server.started_ms:.0f} ms, memory at rest {server.memory_mb():.0f} MB, after load {busy:.0f} MB")
    server.stop()


def pages(gongji, folder, name, seconds, persons, settlements):
    database = new_database(folder, name)
    run(gongji, "bench", "--prepare", "--db", database, "--persons", persons, "--settlements", settlements)
    if name != "SQLite":
        run("psql", "-q", database, "-c", "vacuum analyze")
    server = Server(gongji, database, folder)
    server.clerk()
    quote = urllib.parse.quote
    some = 100_000_000_000 + persons // 2
    for title, path in [
            ("persons, first page", "/api/v1/persons?limit=50"),
            ("persons by name", "/api/v1/persons?limit=50&q=" + quote("陈秀")),
            ("persons by initials", "/api/v1/persons?limit=50&q=lxm"),
            ("persons of a county", "/api/v1/persons?limit=50&area_code=350981"),
            ("settlements, first page", "/api/v1/settlements?limit=50"),
            ("settlements of a person", f"/api/v1/settlements?limit=50&person_id={some}"),
            ("settlements of a hospital", "/api/v1/settlements?limit=50&provider_id=1007"),
            ("settlements of some days", "/api/v1/settlements?limit=50&from=2024-09-05&until=2024-09-06"),
            ("settlements of a county", "/api/v1/settlements?limit=50&area_code=350981"),
            ("settlement by bill number", "/api/v1/settlements?limit=50&q=B000012345")]:
        rate, times, errors, out = told(server.bench("--seconds", seconds, "--warm", 1, "--connections", 4, "--get", path))
        say(f"  {name} {title}: {rate:.0f}/s, p50 {times['p50']:.1f}, p99 {times['p99']:.1f} ms"
            + (f", errors: {out}" if errors else ""))
    server.stop()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("gongji")
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", choices=["SQLite", "PostgreSQL"])
    options.add_argument("--lists", action="store_true")
    options.add_argument("--persons", type=int, default=1_000_000)
    options.add_argument("--settlements", type=int, default=3_000_000)
    o = options.parse_args()
    if not POSTGRES:
        sys.exit("start it with tools/private_postgres.sh")
    if not o.lists:
        run("pgbench", "-i", "-q", "-s", "10", POSTGRES)
    for name in [o.only] if o.only else ["SQLite", "PostgreSQL"]:
        with tempfile.TemporaryDirectory(prefix="gongji-bench-") as folder:
            if o.lists:
                pages(os.path.abspath(o.gongji), Path(folder), name, o.seconds, o.persons, o.settlements)
            else:
                settling(os.path.abspath(o.gongji), Path(folder), name, o.seconds, o.rounds)


main()
