# The way in. Needs git, make and Python 3.11 or newer with venv; everything else is installed into .venv.

PYTHON ?= python3
PYTEST_ARGS ?=
FUZZ_ARGS ?=

BIN := .venv/bin
INSTALLED := .venv/.installed

# Without .pyc files every start of Python costs several times as much.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint completions docs fuzz bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED)  ## a tour with a sample network, in a temporary folder
	@$(BIN)/dex demo

test: lint  ## everything that has to hold: lint, then all tests
	$(BIN)/pytest -n auto --dist worksteal $(PYTEST_ARGS)

lint: $(INSTALLED)  ## style, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

completions: $(INSTALLED)  ## what the shells complete, after a change of commands or options
	$(BIN)/python -m dexcli.cli.grammar

docs: completions  ## every generated page as well: commands, JSON, the manual page
	$(BIN)/python docs/generator

fuzz: $(INSTALLED)  ## damaged input for every parser of foreign bytes, 100,000 each
	$(BIN)/python tests/fuzz/run.py $(FUZZ_ARGS)

bench: $(INSTALLED)  ## the table of speed goals
	$(BIN)/python bench/run.py

clean:  ## back to a fresh clone: no .venv, no caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .fuzz .coverage dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo 'make: there is no "$(PYTHON)": install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: dexcli needs Python 3.11 or newer, $(PYTHON) is $$("$(PYTHON)" -V 2>&1); name another: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'make: $(PYTHON) comes without venv; on Debian: apt install python3-venv' >&2; exit 1; }
	@echo "Setting up .venv (once; again when pyproject.toml changes)"
	@"$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@
