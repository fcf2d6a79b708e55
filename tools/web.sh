#!/bin/sh
# Builds the workbench into web/dist when anything it is made of is newer. Needs Node 18 and npm.
set -eu
cd "$(dirname "$0")/../web"
stamp=dist/index.html
if [ -f "$stamp" ] && [ -z "$(find package-lock.json index.html vite.config.ts src public tools ../api/openapi.yaml \
    -newer "$stamp" -print -quit)" ]; then
    exit 0
fi
log=../build/web.log
mkdir -p ../build
installed=node_modules/.package-lock.json
if [ ! -f $installed ] || [ -n "$(find package-lock.json -newer $installed)" ]; then
    echo "web: installing packages"
    npm ci --no-audit --no-fund >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
fi
echo "web: building the workbench"
npm run build >>"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }
touch "$stamp"
