#!/bin/sh
# Installs those packages of tools/debian-packages.txt that this machine lacks; does nothing when none is.
# shellcheck disable=SC2086  # lists of package names are meant to be split
set -eu
cd "$(dirname "$0")/.."
list=tools/debian-packages.txt
wanted=$(sed 's/#.*//' "$list" | xargs)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian or Ubuntu, so nothing was installed. Gongji needs what these Debian"
    echo "setup: packages hold ($list says why):"
    echo "$wanted" | fold -s -w 92 | sed 's/^/setup:     /'
    echo "setup: install their like with your own package manager, then call make with SETUP=no."
    exit 1
fi >&2

# dpkg-query fails on a package it has never heard of; the lines of the others still come.
missing=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } |
    awk -v wanted="$wanted" '$1 == "installed" { have[$2] = 1 }
        END { n = split(wanted, w); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }' | xargs)
# Node and npm often come from elsewhere, as one package of another name.
for name in nodejs npm; do
    if command -v "${name%js}" >/dev/null; then
        missing=$(echo "$missing" | tr ' ' '\n' | grep -vx "$name" | xargs)
    fi
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: not root and no sudo. As root: apt-get install --no-install-recommends $missing" >&2
        exit 1
    fi
    sudo=sudo
fi
apt() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}
echo "setup: installing $missing"
apt update
apt install --yes --no-install-recommends $missing >/dev/null
