#!/usr/bin/env bash
# Pins every dependency with hashes. No address of any package index is written into the result.
# usage: requirements/lock.sh [--upgrade]
set -euo pipefail
cd "$(dirname "$0")/.."
pin() {
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-annotate --quiet --custom-compile-command "requirements/lock.sh" "$@"
}
pin "${@}" --output-file requirements/runtime.txt
pin "${@}" --extra dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
pin "${@}" --extra bench --constraints requirements/runtime.txt --output-file requirements/bench.txt
