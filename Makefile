# make demo, make test: each sets everything up by itself.
SHELL := /bin/bash
# Another environment beside it: make test VENV=.venv-living STACK=living.
VENV ?= .venv
export VENV
RUN := unset PYTHONDONTWRITEBYTECODE; $(VENV)/bin/
# Reference data of the original, where it lies beside the project; not part of it.
V2V_REFERENCE ?= $(wildcard $(CURDIR)/../shared)
export V2V_REFERENCE
# The pinned TensorFlow complains of CUDA plug-ins at every start below 3.
export TF_CPP_MIN_LOG_LEVEL ?= 3
# pinned or living (docs/stacks.md); without it as the environment is, or pinned.
export STACK

.PHONY: setup lock demo test test-all lint format docs bench clean
.DEFAULT_GOAL := demo

setup:
	@bash scripts/setup.sh

lock:
	@bash scripts/lock.sh

demo: setup
	@$(RUN)v2v-tf demo

test: setup
	@$(RUN)python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-all: setup
	@$(RUN)python scripts/test_all.py --run-slow

lint: setup
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/hadolint docker/Dockerfile && .venv/bin/codespell

format: setup
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

docs: setup
	@export NO_MKDOCS_2_WARNING=1; $(RUN)mkdocs build --quiet && echo "docs: site/index.html   <- open this in a browser"

bench: setup
	@set -e; export PYTHONWARNINGS='ignore:You are using a non-supported Python version:FutureWarning'; for bench in benchmarks/*.py; do echo "== $$bench"; $(RUN)python $$bench; done

clean:
	rm -rf .venv .venv-living .tools .mypy_cache .pytest_cache .ruff_cache site
