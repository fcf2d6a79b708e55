#!/bin/sh
# Runs a command with a private PostgreSQL, started for it and gone afterwards. The command finds its address in
# GONGJI_POSTGRES. Exit status: that of the command; 77 when there is no PostgreSQL on this machine.
# usage: tools/private_postgres.sh COMMAND [ARGUMENT...]
set -eu
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v postgres || echo /none/postgres)")
[ -x "$bin/postgres" ] || { echo "skipped: no PostgreSQL on this machine"; exit 77; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/gongji-postgres.XXXXXX")
as= # PostgreSQL refuses to run as root
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$dir"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
# shellcheck disable=SC2317,SC2086  # called by trap; $as is a list of words
stop() {
    (cd / && $as "$bin/pg_ctl" -D "$dir/data" -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2086
(
    cd /
    $as "$bin/initdb" -D "$dir/data" -U gongji -A trust -E UTF8 --locale=C.UTF-8 --no-sync
    $as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "-c listen_addresses='' -c unix_socket_directories='$dir' \
-c max_connections=60 -c shared_buffers=256MB -c fsync=${GONGJI_POSTGRES_FSYNC:-on}" start
    $as "$bin/createdb" -h "$dir" -U gongji gongji
) >"$dir/start" 2>&1 || { cat "$dir/start" "$dir/log" 2>/dev/null; exit 1; }
GONGJI_POSTGRES="postgresql://gongji@/gongji?host=$dir"
export GONGJI_POSTGRES
"$@"
