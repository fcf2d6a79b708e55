"""SM2, SM3 and SM4 for tests: written anew from the standards, so that the server is held against something else than itself.

SM2 (GB/T 32918.2, 32918.5) in whole numbers of Python; SM3 and SM4 from the package cryptography.
"""
import secrets

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
USER = b"1234567812345678"


def sm3(data):
    h = hashes.Hash(hashes.SM3())
    h.update(data)
    return h.finalize()


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) % P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def times(k, p):
    out = None
    while k:
        if k & 1:
            out = add(out, p)
        p, k = add(p, p), k >> 1
    return out


def number(n):
    return n.to_bytes(32, "big")


class Key:
    def __init__(self, d=None):
        self.d = d or 1 + secrets.randbelow(N - 2)
        self.point = times(self.d, G)
        self.private = number(self.d)
        self.public = b"\x04" + number(self.point[0]) + number(self.point[1])

    def digest(self, data, user=USER):
        z = sm3((8 * len(user)).to_bytes(2, "big") + user + b"".join(map(number, (A, B, *G, *self.point))))
        return int.from_bytes(sm3(z + data), "big")

    def sign(self, data, user=USER):
        """→ r and s, 64 bytes"""
        e = self.digest(data, user)
        while True:
            k = 1 + secrets.randbelow(N - 1)
            r = (e + times(k, G)[0]) % N
            s = pow(1 + self.d, -1, N) * (k - r * self.d) % N
            if r and s and r + k != N:
                return number(r) + number(s)

    def verify(self, data, signature, user=USER):
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        t = (r + s) % N
        if not (len(signature) == 64 and 0 < r < N and 0 < s < N and t):
            return False
        point = add(times(s, G), times(t, self.point))
        return (self.digest(data, user) + point[0]) % N == r


def der(signature):
    def integer(b):
        b = b.lstrip(b"\0")
        b = (b"\0" + b) if b[0] & 0x80 else b
        return b"\x02" + bytes([len(b)]) + b
    body = integer(signature[:32]) + integer(signature[32:])
    return b"\x30" + bytes([len(body)]) + body


def _sm4(key):
    return Cipher(algorithms.SM4(key), modes.ECB())


def encrypt(key, data):
    pad = padding.PKCS7(128).padder()
    c = _sm4(key).encryptor()
    return c.update(pad.update(data) + pad.finalize()) + c.finalize()


def decrypt(key, data):
    pad = padding.PKCS7(128).unpadder()
    c = _sm4(key).decryptor()
    return pad.update(c.update(data) + c.finalize()) + pad.finalize()


def application_key(app_id, secret):
    return encrypt(app_id.encode()[:16], secret.encode()).hex().upper()[:16].encode()


# ---- the texts that are signed ----

def head_text(message, without=("cainfo", "input"), with_empty=False):
    pairs = []
    for k in sorted(message):
        v = message[k]
        if k in without or isinstance(v, (dict, list)):
            continue
        v = "" if v is None else str(v).lower() if isinstance(v, bool) else str(v)
        if v or with_empty:
            pairs.append(f"{k}={v}")
    return "&".join(pairs).encode()


def canonical(v):
    if isinstance(v, dict):
        found = {k: canonical(v[k]) for k in sorted(v)}
        return {k: x for k, x in found.items() if x not in (None, "", [])}
    if isinstance(v, list):
        return [x for x in map(canonical, v) if x not in (None, "", [])]
    return None if v is None or v == "" else str(v).lower() if isinstance(v, bool) else str(v)


def sealed_text(outer, data, secret):
    import json
    head = {k: str(v) for k, v in outer.items() if k not in ("signData", "encData", "extra", "data") and v not in (None, "")}
    head["data"] = json.dumps(canonical(data), ensure_ascii=False, separators=(",", ":"))
    return ("&".join(f"{k}={head[k]}" for k in sorted(head)) + "&key=" + secret).encode()
