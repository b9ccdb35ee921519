#!/usr/bin/env bash
# Makes .venv from requirements.lock, once: a second call sees the stamp and ends.
# Interpreter, first that runs: $PYTHON, python3.10, pyenv's 3.10, uv's 3.10.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONPATH  # without bytecode TFX takes a minute to import

stamp=.venv/.lock-hash
# The folder counts too: a moved or copied .venv still points to the old one.
wanted=$({ pwd; cat requirements.lock pyproject.toml setup.py scripts/setup.sh; } | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then command -v "$PYTHON"; return; fi
  for candidate in python3.10 "$HOME"/.pyenv/versions/3.10*/bin/python3.10 \
      "${PYENV_ROOT:-/nonexistent}"/versions/3.10*/bin/python3.10; do
    if is_310 "$candidate"; then command -v "$candidate"; return; fi
  done
  if candidate=$("$uv" python find 3.10 2>/dev/null) && is_310 "$candidate"; then
    echo "$candidate"; return
  fi
  say "no Python 3.10 here; asking uv to install one"
  "$uv" python install 3.10 >/dev/null 2>&1 && candidate=$("$uv" python find 3.10 2>/dev/null) \
    && is_310 "$candidate" && echo "$candidate"
}

find_uv() {
  if uv --version >/dev/null 2>&1; then command -v uv; return; fi
  local own="$PWD/.tools/uv/bin/uv" python
  if "$own" --version >/dev/null 2>&1; then echo "$own"; return; fi
  say "installing uv into .tools/"
  for python in ${PYTHON:-} python3 python3.10 "$HOME"/.pyenv/versions/3*/bin/python3; do
    rm -rf .tools/uv
    if "$python" -m pip --version >/dev/null 2>&1 \
        && "$python" -m pip install --quiet --target .tools/uv uv >/dev/null 2>&1 \
        && "$own" --version >/dev/null 2>&1; then echo "$own"; return; fi
    rm -rf .tools/uv
    if "$python" -m venv .tools/uv >/dev/null 2>&1 && .tools/uv/bin/pip install --quiet uv \
        >/dev/null 2>&1 && "$own" --version >/dev/null 2>&1; then echo "$own"; return; fi
  done
  return 1
}

export HOME=${HOME:-/nonexistent}
[ -z "${PYTHON:-}" ] || is_310 "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.10 that runs: name one, or unset it."
uv=$(find_uv) || fail "uv could not be installed: install it (pip install uv) and run make again."
python=$(find_python) || python=
[ -n "$python" ] || fail "No Python 3.10 was found or could be installed: install one and run make PYTHON=/path/to/python3.10."

say "Python: $python"
say "installing $(wc -l < requirements.lock) locked packages into .venv (about a minute, more on a slow network)"
rm -f "$stamp"
"$uv" venv --quiet --clear --no-project --python "$python" .venv
export VIRTUAL_ENV="$PWD/.venv"

# One locked package (pyfarmhash, of TFX) is built from C++; without a compiler take one from PyPI.
if ! command -v "${CXX:-g++}" >/dev/null 2>&1; then
  say "no C++ compiler here; taking zig's from PyPI into .tools/"
  [ -x .tools/zig/bin/python ] || "$uv" venv --quiet --no-project --python "$python" .tools/zig
  VIRTUAL_ENV="$PWD/.tools/zig" "$uv" pip install --quiet ziglang==0.13.0
  for tool in cc c++; do
    printf '#!/bin/sh\nexec "%s" -m ziglang %s -mcpu=x86_64 "$@"\n' "$PWD/.tools/zig/bin/python" "$tool" > ".tools/zig/bin/zig-$tool"
    chmod +x ".tools/zig/bin/zig-$tool"
  done
  export CC="$PWD/.tools/zig/bin/zig-cc" CXX="$PWD/.tools/zig/bin/zig-c++" LDSHARED="$PWD/.tools/zig/bin/zig-c++ -shared"
fi

"$uv" pip sync --quiet --compile-bytecode requirements.lock
rm -rf v2v_tf.egg-info  # an old one would hide new commands
"$uv" pip install --quiet --no-deps --no-build-isolation --editable .
echo "$wanted" > "$stamp"
say "done"
