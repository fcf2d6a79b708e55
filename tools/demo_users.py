#!/usr/bin/env python3
"""Makes the users of the demo and tells their logins and passwords once, as a table.

usage: demo_users.py GONGJI DATABASE URL FILE   (FILE: where the table is kept for the next start)

Each gets a first password from `gongji user add` and changes it, as a person would.
"""
import json
import os
import secrets
import subprocess
import sys
import urllib.request

USERS = [("zhang", "张经办", "clerk"), ("li", "李复核", "supervisor"), ("wang", "王资料", "data"),
         ("zhao", "赵财务", "finance"), ("sun", "孙局长", "head"), ("wu", "吴接口", "interface_operator")]


def post(url, body, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def password():
    letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3)) + "7x"


def main():
    gongji, database, url, file = sys.argv[1:]
    rows = []
    for login, name, role in USERS:
        add = [gongji, "user", "add", login, "--name", name, "--role", role,
               "--area", "350900", "--db", database]
        done = subprocess.run(add, capture_output=True, text=True)
        if done.returncode != 0:  # a start that broke off has made him
            done = subprocess.run([gongji, "user", "reset", login, "--db", database], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        first, new = done.stdout.split("\t")[1].strip(), password()
        token = post(f"{url}/api/v1/session", {"login": login, "password": first})["token"]
        post(f"{url}/api/v1/session/password", {"old": first, "new": new}, token)
        rows.append(f"  {login:10} {new:20} {role:12} {name}")
    text = "\n".join(rows) + "\n"
    with open(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)


main()
