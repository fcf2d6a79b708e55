"""A server that speaks TLS itself: which versions, what cookies and answers say, and what it does not listen to."""
import http.client
import json
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import GONGJI, ROOT, Server  # noqa: E402


def certificate(folder, name):
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
                    "-out", str(cert), "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    return ["--tls-cert", str(cert), "--tls-key", str(key)]


def serving(server, *options):
    """The process, its port, and the scheme it says."""
    process = subprocess.Popen([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"),
                                "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = re.search(r"(https?)://[\w.]+:(\d+)", process.stdout.readline())
    return process, int(said[2]), said[1]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    options = certificate(tmp_path_factory.mktemp("tls"), "one")
    with Server(start=False) as server:
        process, port, scheme = serving(server, *options)
        assert scheme == "https"
        yield port, ssl.create_default_context(cafile=options[1]), server
        process.terminate()
        assert process.wait(60) == 0


def ask(tls, method, path, body=None):
    line = http.client.HTTPSConnection("127.0.0.1", tls[0], context=tls[1], timeout=30)
    line.request(method, path, body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    text = answer.read()
    line.close()
    return answer, text


def test_what_comes_by_tls_is_marked_so(tls):
    answer, text = ask(tls, "GET", "/healthz")
    assert (answer.status, text) == (200, b"ok\n")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    body = json.dumps({"login": "system", "password": tls[2].passwords["system"]})
    answer, text = ask(tls, "POST", "/api/v1/session", body)
    assert answer.status == 200 and answer.headers["Set-Cookie"].endswith("; Secure")


def test_a_large_answer_comes_whole(tls):
    page, _ = ask(tls, "GET", "/")
    script = re.findall(rb'src="(/assets/[^"]+)"', ask(tls, "GET", "/")[1])[0].decode()
    answer, text = ask(tls, "GET", script)
    assert page.status == 200 and len(text) == int(answer.headers["Content-Length"]) > 50000


@pytest.mark.parametrize("version, spoken", [(ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                                             (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)])
def test_nothing_older_than_tls_1_2(tls, version, spoken):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", tls[0]), timeout=30) as plain:
        if spoken:
            with context.wrap_socket(plain) as line:
                assert line.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain)


def test_nothing_plain_is_answered(tls):
    with socket.create_connection(("127.0.0.1", tls[0]), timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert b"HTTP/1.1 200" not in line.recv(1000)
        except ConnectionError:
            pass


@pytest.mark.parametrize("options, said", [
    (["--address", "0.0.0.0"], "--behind-proxy"), (["--address", "::"], "--behind-proxy"),
    (["--tls-cert", "CERT"], "go together"), (["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], "cannot be read"),
    (["--tls-cert", "CERT", "--tls-key", "OTHER"], "do not fit")])
def test_a_server_that_would_be_open_does_not_start(tmp_path, options, said):
    one, other = certificate(tmp_path, "one"), certificate(tmp_path, "other")
    files = {"CERT": one[1], "OTHER": other[3]}
    with Server(start=False) as server:
        done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"),
                               "--port", "0", *[files.get(o, o) for o in options]], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and said in done.stderr


def test_a_proxy_in_front_may_be_vouched_for():
    with Server(start=False) as server:
        process, _, scheme = serving(server, "--address", "0.0.0.0", "--behind-proxy")
        process.terminate()
        assert process.wait(60) == 0 and scheme == "http"
