#!/usr/bin/env bash
# Makes an environment from the lock of a stack, once: a second call sees the stamp and
# ends. VENV: its folder (.venv). STACK: pinned (Python 3.10) or living (3.11 to 3.13);
# without it that of the environment that is there, else pinned where a Python 3.10 is or
# can be fetched. Interpreter, first that runs: $PYTHON, python3.X, pyenv's, uv's.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONPATH  # without bytecode TFX takes a minute to import
venv=${VENV:-.venv}
pinned_lock=requirements.lock living_lock=requirements-living.lock tfx_lock=requirements-living-tfx.lock

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

case "${STACK:-}" in
  ''|pinned|living) ;;
  *) fail "STACK=$STACK is no stack: name pinned (Python 3.10) or living (3.11 to 3.13)." ;;
esac
# The folder counts too: a moved or copied .venv still points to the old one.
stamp=$venv/.lock-hash
hash=$({ pwd; cat requirements.lock requirements-living.lock requirements-living-tfx.lock pyproject.toml setup.py scripts/setup.sh; } | sha256sum | cut -d' ' -f1)
there=$(cut -d' ' -f1 "$stamp" 2>/dev/null || true)
case "$there" in pinned|living) ;; *) there= ;; esac  # before there were two, a hash alone
stack=${STACK:-$there}
if [ -n "$there" ] && [ "$(cat "$stamp")" = "$stack $hash" ] && "$venv/bin/python" -c '' 2>/dev/null; then
  exit 0
fi

# Whether an interpreter runs and is of the stack.
fits() {
  "$2" -c "import sys; v = sys.version_info[:2]
sys.exit(not ((v == (3, 10)) if '$1' == 'pinned' else (3, 11) <= v <= (3, 13)))" >/dev/null 2>&1
}

find_python() {
  local candidate version versions='3.12 3.13 3.11'
  [ "$1" = living ] || versions=3.10
  if [ -n "${PYTHON:-}" ]; then
    fits "$1" "$PYTHON" && command -v "$PYTHON"
    return
  fi
  for version in $versions; do
    for candidate in "python$version" "$HOME/.pyenv/versions/$version"*"/bin/python$version" \
        "${PYENV_ROOT:-/nonexistent}/versions/$version"*"/bin/python$version"; do
      if fits "$1" "$candidate"; then command -v "$candidate"; return; fi
    done
  done
  version=${versions%% *}
  if candidate=$("$uv" python find "$version" 2>/dev/null) && fits "$1" "$candidate"; then
    echo "$candidate"; return
  fi
  say "no Python $version here; asking uv to install one"
  "$uv" python install "$version" >/dev/null 2>&1 \
    && candidate=$("$uv" python find "$version" 2>/dev/null) \
    && fits "$1" "$candidate" && echo "$candidate"
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
if [ -n "${PYTHON:-}" ]; then
  fits pinned "$PYTHON" || fits living "$PYTHON" \
    || fail "PYTHON=$PYTHON is no Python 3.10 to 3.13 that runs: name one, or unset it."
  # The interpreter decides, unless a stack is asked for.
  [ -n "${STACK:-}" ] || { fits pinned "$PYTHON" && stack=pinned || stack=living; }
fi
uv=$(find_uv) || fail "uv could not be installed: install it (pip install uv) and run make again."
python=$(find_python "${stack:-pinned}") || python=
if [ -z "$python" ] && [ -z "$stack" ]; then
  say "no Python 3.10 for the pinned stack: taking the living one"
  python=$(find_python living) || python=
  stack=living
fi
stack=${stack:-pinned}
versions=3.10
[ "$stack" = pinned ] || versions='3.11 to 3.13'
[ -n "$python" ] || fail "No Python $versions was found or could be installed for the $stack stack: install one and run make PYTHON=/path/to/it."

lock=$pinned_lock
if [ "$stack" = living ]; then
  lock=$living_lock
  # TFX for newer Pythons has wheels for newer systems alone, and its lock is of 3.12.
  if "$python" -c "import sys
from v2v_tf.compat import no_tfx_here
sys.exit(no_tfx_here() is not None or sys.version_info[:2] != (3, 12))"; then
    lock=$tfx_lock
  fi
fi
say "stack: $stack, $("$python" --version 2>&1), $python"
[ "$lock" != "$living_lock" ] || say "without the pipeline's commands: TFX for it needs Python 3.12 and glibc 2.39"
say "installing $(grep -c == "$lock") locked packages into $venv (about a minute, more on a slow network)"
rm -f "$stamp"
"$uv" venv --quiet --clear --no-project --python "$python" "$venv"
export VIRTUAL_ENV="$PWD/$venv"

# One locked package (pyfarmhash, of TFX) is built from C++; without a compiler take one from PyPI.
if [ "$lock" != "$living_lock" ] && ! command -v "${CXX:-g++}" >/dev/null 2>&1; then
  say "no C++ compiler here; taking zig's from PyPI into .tools/"
  [ -x .tools/zig/bin/python ] || "$uv" venv --quiet --no-project --python "$python" .tools/zig
  VIRTUAL_ENV="$PWD/.tools/zig" "$uv" pip install --quiet ziglang==0.13.0
  for tool in cc c++; do
    printf '#!/bin/sh\nexec "%s" -m ziglang %s -mcpu=x86_64 "$@"\n' "$PWD/.tools/zig/bin/python" "$tool" > ".tools/zig/bin/zig-$tool"
    chmod +x ".tools/zig/bin/zig-$tool"
  done
  export CC="$PWD/.tools/zig/bin/zig-cc" CXX="$PWD/.tools/zig/bin/zig-c++" LDSHARED="$PWD/.tools/zig/bin/zig-c++ -shared"
fi

"$uv" pip sync --quiet --compile-bytecode "$lock"
rm -rf v2v_tf.egg-info  # an old one would hide new commands
"$uv" pip install --quiet --no-deps --no-build-isolation --editable .
echo "$stack $hash" > "$stamp"
say "done"
