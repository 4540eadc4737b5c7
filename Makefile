# Everything one does with photobot on one machine. `make` alone explains the targets.
# Works with GNU make 3.81 (macOS) and newer; needs nothing but Python 3.11 or newer and this folder.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	--no-annotate --python-version 3.11
WORKERS ?= 4
N ?= 1000
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help up test check demo styles bench bench-camera bench-live bench-zip chaos audit screens lock clean browser

help: ## this list
	@echo "photobot - what make can do here:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: $(VENV)/run.stamp ## install what is missing and start photobot (ARGS="--port 8090" passes options on)
	@exec $(BIN)/photobot up $(ARGS)

test: $(VENV)/dev.stamp browser ## everything that must hold: check, then all tests (TESTS="tests/app -k login" picks)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: $(VENV)/dev.stamp ## formatting, lint, types, import contracts: what a commit must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

demo: $(VENV)/run.stamp ## play an evening on a running `make up` (PHOTOS=folder brings your own pictures)
	@$(BIN)/python -m app.cli.demo $(ARGS)

styles: $(VENV)/run.stamp ## make the contact sheet of every local style
	@$(BIN)/python -m app.cli.styles_sheet $(ARGS)

bench: $(VENV)/dev.stamp browser ## measure speed; figures go to .bench/ (ARGS="spine camera" picks)
	@$(BIN)/python -m tests.bench $(ARGS)

bench-camera: $(VENV)/dev.stamp browser ## from a camera's last byte to the thumbnail on screen (ARGS=--quick: a short run)
	@$(BIN)/python -m tests.bench.bench_camera $(ARGS)

bench-live: $(VENV)/dev.stamp browser ## from a commit to thirty open consoles, beside a bare WebSocket page (two minutes)
	@$(BIN)/python -m tests.bench.bench_live $(ARGS)

bench-zip: $(VENV)/dev.stamp ## 2,000 pictures as one zip from a real web process: speed, and its memory (one minute)
	@$(BIN)/python -m tests.bench.bench_zip $(ARGS)

chaos: $(VENV)/dev.stamp ## the long fault run: kills, outages, zombies, and what was lost or paid twice (N=40: a short one)
	@$(BIN)/python -m tests.chaos $(N) $(ARGS)

audit: $(VENV)/dev.stamp ## look for known holes in the locked packages; says what could not be checked
	@$(BIN)/python -m app.cli.audit requirements.txt

screens: $(VENV)/dev.stamp browser ## take a picture of every screen into .screens/
	@$(BIN)/python -m tests.e2e.screens $(ARGS)

lock: $(VENV)/dev.stamp ## write requirements*.txt anew from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	@echo 'setuptools>=77' | $(LOCK) $(UPGRADE) pyproject.toml - -o requirements.txt
	@echo 'setuptools>=77' | $(LOCK) $(UPGRADE) pyproject.toml - --group dev -c requirements.txt -o requirements-dev.txt
	@echo "requirements.txt and requirements-dev.txt are up to date; commit both."

clean: ## remove the virtual environment and every cache; never data/ or hotfolder/
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench .screens
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how the targets above get their tools ---------------------------------------------------------------

$(BIN)/python:
	@set -e; found=; \
	for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "photobot needs Python 3.11 or newer and finds none (python3 is: $$(python3 -V 2>&1 || true))."; \
	  echo "  Debian, Ubuntu:  sudo apt-get install python3 python3-venv"; \
	  echo "  macOS:           brew install python@3.12"; \
	  echo "  elsewhere:       make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; \
	  exit 1; fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$found has no venv module. Debian, Ubuntu: sudo apt-get install python3-venv"; \
	  exit 1; fi; \
	echo "Making $(VENV) with $$("$$found" -V) ..."; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/run.stamp: $(BIN)/python requirements.txt pyproject.toml
	@echo "Installing the locked packages (the first time takes a minute) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	@echo "Installing the tools for tests ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# The shell is the same browser without windows: a visitor costs a fifth of what it costs in the whole one.
browser:
	@missing=; have() { PATH="$$PATH:/usr/sbin" command -v $$1 >/dev/null 2>&1; }; \
	for name in chromium-headless-shell pgbouncer; do have $$name || missing="$$missing $$name"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then \
	  echo "Installing$$missing from Debian ..."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing && exit 0; \
	fi; \
	if have pgbouncer && { have chromium || [ -n "$$CHROMIUM" ]; }; then exit 0; fi; \
	echo "The full test run also needs:$$missing"; \
	echo "  Debian, Ubuntu:  sudo apt-get install$$missing"; \
	echo "  macOS:           brew install pgbouncer   (any Chrome will do: export CHROMIUM=/path/to/it)"; \
	if [ -n "$$CHROMIUM" ]; then echo "CHROMIUM is set: going on."; exit 0; fi; \
	exit 1
