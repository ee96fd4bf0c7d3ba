#!/usr/bin/env bash
# Installs what the tests need beyond Node and npm (Debian, Ubuntu): a Chromium for the tests of the report, and a Python
# with huggingface_hub, pyarrow and duckdb in .venv-hub for the tests that hold our stand-in Hub, our spools and our
# databases against them.
# Slurm and MUNGE, of which the tests start a cluster of one node. A C++ compiler too, with which `heuristrace engine install tensorflow` builds the native engine (.ci/run).
# Elsewhere, point CHROMIUM_PATH and HEURISTRACE_PYTHON at your own.
set -euo pipefail
cd "$(dirname "$0")/.."
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

packages=()
if [ -z "${CHROMIUM_PATH:-}" ] && ! command -v chromium >/dev/null; then
  packages+=(chromium fonts-dejavu-core)
fi
if [ -z "${HEURISTRACE_PYTHON:-}" ] && ! python3 -c 'import ensurepip' 2>/dev/null; then
  packages+=(python3-venv)
fi
if ! command -v "${CXX:-c++}" >/dev/null; then
  packages+=(g++)
fi
if ! command -v sbatch >/dev/null || ! command -v munged >/dev/null; then
  packages+=(slurm-wlm munge)
fi
if [ "${#packages[@]}" -gt 0 ]; then
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
if [ -z "${HEURISTRACE_PYTHON:-}" ] && ! .venv-hub/bin/python -c 'import duckdb, duckdb_cli, huggingface_hub, kubernetes_validate, pyarrow' 2>/dev/null; then
  python3 -m venv .venv-hub
  .venv-hub/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements-hub.txt
fi
echo "the test tools are there"
