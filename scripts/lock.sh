#!/usr/bin/env bash
# Makes the locks of a stack again: STACK=pinned or living, both without it.
# UPGRADE=1 tries the newest versions that pyproject.toml allows: they are installed into
# .venv-tried and have to pass the fast tests, or the lock stays as it was. What changed
# is printed as a diff.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'lock: %s\n' "$*" >&2; }
uv=.tools/uv/bin/uv
"$uv" --version >/dev/null 2>&1 || uv=uv
"$uv" --version >/dev/null 2>&1 || { say "no uv here: run make setup, which brings it."; exit 1; }
case "${STACK:-both}" in
  pinned) locks=requirements.lock ;;
  living) locks='requirements-living.lock requirements-living-tfx.lock' ;;
  both) locks='requirements.lock requirements-living.lock requirements-living-tfx.lock' ;;
  *) say "STACK=$STACK is no stack: name pinned or living."; exit 1 ;;
esac
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT

compile() {
  local lock=$1
  shift
  cp "$lock" "$kept/$lock"
  "$uv" pip compile --quiet --no-header --no-annotate --no-emit-index-url \
    ${UPGRADE:+--upgrade} "$@" pyproject.toml --output-file "$lock"
}

give_back() {
  local lock
  for lock in $locks; do [ ! -f "$kept/$lock" ] || cp "$kept/$lock" "$lock"; done
}
trap give_back ERR
trap 'give_back; exit 130' INT TERM

for lock in $locks; do
  case "$lock" in
    requirements.lock) compile "$lock" --python-version 3.10 --all-extras ;;
    requirements-living.lock)
      compile "$lock" --python-version 3.11 --universal $(printf -- '--extra %s ' \
        annotate networks report styles export serving dev) ;;
    requirements-living-tfx.lock)
      compile "$lock" --python-version 3.12 --python-platform x86_64-manylinux_2_39 --all-extras ;;
  esac
done
for lock in $locks; do
  # Of a difference git says so by its status too.
  { git --no-pager diff --no-index --unified=0 "$kept/$lock" "$lock" || true; } \
    | grep '^[-+][^-+]' || say "$lock: as it was"
done
if [ -n "${UPGRADE:-}" ]; then
  for stack in ${STACK:-pinned living}; do
    VENV=.venv-tried STACK=$stack bash scripts/setup.sh
    say "trying the $stack stack: the fast tests, ten minutes or more"
    .venv-tried/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder \
      || { say "the tests fail, so the locks stay as they were"; give_back; exit 1; }
  done
fi
