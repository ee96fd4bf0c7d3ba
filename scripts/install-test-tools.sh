#!/usr/bin/env bash
# Installs what the tests need beyond Node and npm: a Chromium for the tests of the report (Debian, Ubuntu).
# Elsewhere, point CHROMIUM_PATH at a Chromium or Chrome of your own.
set -euo pipefail
if [ -n "${CHROMIUM_PATH:-}" ] || command -v chromium >/dev/null; then
  echo "Chromium is there already"
  exit 0
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
