"""A server of our own for tests: `gongji serve` on a database of its own, and clients that hold every answer
against api/openapi.yaml.

    with Server() as server:
        clerk = server.user("zhang", "clerk")
        clerk.get("/persons?q=张", 200)["rows"]

On PostgreSQL when the environment names one in GONGJI_POSTGRES (tools/private_postgres.sh).
"""
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
GONGJI = os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji"))
POSTGRES = os.environ.get("GONGJI_POSTGRES", "")
API = "/api/v1"
PASSWORD = "Tested-Passw0rd"


# ---- the contract ----

class Contract:
    def __init__(self, path=ROOT / "api/openapi.yaml"):
        self.doc = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.resolver = jsonschema.RefResolver("", self.doc)
        self.paths = []
        for template, item in self.doc["paths"].items():
            base = "" if item.get("servers") else API
            pattern = re.sub(r"\{\w+\}", "[^/]+", base + template)
            self.paths.append((template.count("{"), re.compile(pattern + r"\Z"), base + template, item))
        self.paths.sort(key=lambda p: p[0])  # literal before {…}

    def operations(self):
        for _, _, path, item in self.paths:
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method.upper(), path, operation

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def check(self, method, path, status, content_type, body):
        """Every JSON answer to a known path has the shape that the contract gives it."""
        if content_type != "application/json" or method == "HEAD":
            return
        name = "default"
        for _, pattern, template, item in self.paths:
            operation = item.get(method.lower())
            if pattern.match(path) and operation:
                answers = operation["responses"]
                name = str(status) if str(status) in answers else "default"
                if status < 400 and name == "default":
                    raise AssertionError(f"{method} {template}: {status} is not in the contract")
                answer = self.resolve(answers.get(name, self.doc["components"]["responses"]["Error"]))
                schema = answer.get("content", {}).get("application/json", {}).get("schema")
                assert schema is not None, f"{method} {template}: {status} has no JSON in the contract"
                jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(json.loads(body))
                return
        schema = self.doc["components"]["schemas"]["Error"]
        jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(json.loads(body))


CONTRACT = Contract()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Client:
    """Signed in with a token, or nobody."""

    def __init__(self, server, token=None, user=None, csrf=None):
        self.server, self.token, self.user, self.csrf = server, token, user, csrf

    def ask(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token and not {"Authorization", "Cookie"} & set(headers):
            headers["Authorization"] = "Bearer " + self.token
        return self.server.ask(method, path, body, headers)

    def _must(self, method, path, status, body=None, headers=None):
        answer = self.ask(method, path, body, headers)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer.json if answer.body else None

    def get(self, path, status=200, headers=None):
        return self._must("GET", path, status, None, headers)

    def post(self, path, body=None, status=200, headers=None):
        return self._must("POST", path, status, {} if body is None else body, headers)

    def put(self, path, body, status=200, headers=None):
        return self._must("PUT", path, status, body, headers)

    def patch(self, path, body, status=200, headers=None):
        return self._must("PATCH", path, status, body, headers)

    def delete(self, path, status=204, headers=None):
        return self._must("DELETE", path, status, None, headers)


class Server:
    def __init__(self, packs=ROOT / "packs", options=(), database=None, start=True):
        self.folder = tempfile.TemporaryDirectory(prefix="gongji-test-")
        self.database = database or self._new_database()
        self.packs, self.options, self.process = packs, list(options), None
        out = self.cli("init")
        self.passwords = dict(re.findall(r"^(\w+) +(\S+-\S+) ", out, re.M))
        self.nobody = Client(self)
        if start:
            self.start()

    def _new_database(self):
        if not POSTGRES:
            return str(Path(self.folder.name) / "gongji.db")
        parts = urllib.parse.urlsplit(POSTGRES)
        name = "t%d_%d" % (os.getpid(), time.monotonic_ns())
        done = subprocess.run(["psql", "-q", POSTGRES, "-c", f"create database {name}"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))

    def cli(self, *args, status=0, environment=None):
        done = subprocess.run([GONGJI, "--lang", "en", *args, "--db", self.database], capture_output=True, text=True,
                              timeout=120, env={**os.environ, **(environment or {})})
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def start(self):
        self.log = open(Path(self.folder.name) / "log", "ab")
        self.process = subprocess.Popen(
            [GONGJI, "--lang", "en", "serve", "--db", self.database, "--packs", str(self.packs), "--port", "0",
             *([] if "--counter-sessions" in self.options else ["--counter-sessions", "3"]), *self.options], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://[\w.]+:(\d+)", line)
        assert found, line + self.log_text()
        self.port = int(found[1])
        assert self.ask("GET", "/readyz").body == b"ready\n"

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        status = self.process.wait(60)
        self.process.stdout.close()
        self.process = None
        self.log.close()
        return status

    def restart(self, how=signal.SIGTERM):
        status = self.stop(how)
        self.start()
        return status

    def log_text(self):
        return (Path(self.folder.name) / "log").read_text(encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        status = self.stop()
        self.folder.cleanup()
        assert status in (0, None), f"the server ended with {status}"

    def ask(self, method, path, body=None, headers=None):
        """One request on a connection of its own. `path` below /api/v1 unless it begins with /api, /healthz …"""
        if not re.match(r"/(api/|healthz|readyz|metrics|\.\.)", path):
            path = API + path
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, urllib.parse.quote(path, safe="/?&=%+:,-.!*'()"), body, headers)
            got = line.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            line.close()
        content_type = answer.headers.get("Content-Type", "").split(";")[0]
        CONTRACT.check(method, path.split("?")[0], answer.status, content_type, answer.body)
        return answer

    def sign_in(self, login, password=PASSWORD):
        got = self.nobody.post("/session", {"login": login, "password": password})
        return Client(self, got["token"], got["user"], got["csrf"])

    def first_sign_in(self, login, password, new=PASSWORD):
        """Signs in with a password that was told once, and changes it; a password counts once."""
        client = self.sign_in(login, password)
        client.post("/session/password", {"old": password, "new": new}, 204)
        client.user = client.get("/session")["user"]
        return client

    def user(self, login, *roles, area="", provider=""):
        """A new user, signed in and ready to work."""
        options = ["--area", area] if area else []
        options += ["--provider", str(provider)] if provider else []
        for role in roles:
            options += ["--role", role]
        out = self.cli("user", "add", login, "--name", login, *options)
        return self.first_sign_in(login, out.split("\t")[1].strip())

    def admin(self, login):
        """system, security or audit."""
        if self.passwords.get(login) is None:
            return self.sign_in(login)
        client = self.first_sign_in(login, self.passwords[login])
        self.passwords[login] = None
        return client
