# Every target sets up what it needs, inside this folder. Nothing is installed globally, but for
# Chromium and PostgreSQL, which `make setup` installs with apt when it runs as root.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Relative paths only: the folder's own path may hold a space.
BIN := .venv/bin
PYTHON := $(BIN)/python
LABEL_STUDIO := label-studio==1.23.2
SERVER := .servers/label-studio
# Its own requirements are open at the top: these three have left behind what it imports.
DOCCANO := doccano==1.8.4 'marshmallow<4' 'numpy<2' 'setuptools<81'
DOCCANO_SERVER := .servers/doccano
READERS := .servers/readers
include tests/live/readers/environments.mk
DEMO := label_configs/labelwright_configs/email-classification
BROWSERS := chromium chromium-browser google-chrome
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)# Debian keeps it out of PATH
PYTEST_ARGS ?=

.PHONY: help demo check test lint types docs docs-check audit benchmark setup servers readers install clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: .venv/.base ## Training file and agreement report from a shipped export; needs Python 3.11 and make only
	@mkdir -p demo-out
	$(BIN)/labelwright convert $(DEMO)/export.json --template email-classification --to ionos -o demo-out/train.jsonl --force
	@printf '\nReport: demo-out/train.report.html\nTraining file: demo-out/train.jsonl, first line:\n'
	@head -n 1 demo-out/train.jsonl

check: lint types docs-check ## Linters, types, docs and the tests that need no server, on all cores: a quarter of an hour on two
	$(PYTHON) -m pytest -n auto -m "not live and not benchmark" $(PYTEST_ARGS)

test: install setup servers readers ## Every test, those that drive Label Studio, doccano, a browser and other readers included
	$(PYTHON) -m pytest -m "not benchmark" $(PYTEST_ARGS)

lint: install ## Format, style and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: install ## mypy, strict
	$(BIN)/mypy

docs: install ## Write docs/reference anew
	$(PYTHON) docs/generate.py

docs-check: install ## Fail if docs/reference is stale
	$(PYTHON) docs/generate.py --check

audit: install ## Licences of what is needed at run time, and versions with published faults
	$(PYTHON) .ci/audit.py

benchmark: install readers servers ## Speed and memory, as ratios within one run
	@$(PYTHON) -m compileall -q converters plugins label_configs # as pip leaves a package that is no working copy
	$(PYTHON) -m pytest -m benchmark -s $(PYTEST_ARGS)

setup: ## Chromium and PostgreSQL for the tests: by apt when root, otherwise says what to run
	@missing=postgresql; \
	if [ -n "$(POSTGRES)" ] || command -v postgres >/dev/null; then missing=; fi; \
	browser=chromium; \
	for name in $(BROWSERS); do if command -v $$name >/dev/null; then browser=; fi; done; \
	missing="$${missing:+$$missing }$$browser"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else \
	  echo "The tests need more. Run: sudo apt-get install --no-install-recommends $$missing" >&2; exit 1; \
	fi

servers: $(SERVER)/.installed $(DOCCANO_SERVER)/.installed ## Label Studio and doccano in environments of their own, for the live tests

readers: $(READERS)/.installed ## TRL, datasets, pyannote, meeteval, datumaro and others, which open our files in tests

install: .venv/.dev ## The package with its development tools, in .venv

clean: ## Remove what the targets made, but for .servers
	rm -rf .venv dist build demo-out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.servers/*' -prune -exec rm -rf {} +

# The first Python that is new enough, 3.11 by preference.
define new_environment
rm -rf $(1); \
for name in python3.11 python3 python3.12 python3.13 python3.14 python; do \
  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
    $$name -m venv $(1); break; \
  fi; \
done; \
if [ ! -x $(1)/bin/python ]; then \
  echo "labelwright needs Python 3.11 or newer with its venv module (Debian: python3.11-venv)." >&2; exit 1; \
fi
endef

# uv is several times faster; pip serves where uv cannot (a mirror set up for pip only, no build of uv).
fast_or_pip = if $(BIN)/python -m pip install -q uv && $(BIN)/uv pip install -q --python $(1)/bin/python $(2); \
then :; else echo "uv could not; installing with pip" >&2; $(1)/bin/python -m pip install -q $(2); fi

.venv/.made:
	@$(call new_environment,.venv)
	@touch $@

.venv/.base: pyproject.toml | .venv/.made
	$(PYTHON) -m pip install -q -e .
	@touch $@

.venv/.dev: pyproject.toml | .venv/.made
	@echo "Installing labelwright with its development tools into .venv"
	@$(PYTHON) -m pip install -q --upgrade 'pip>=25.1'
	@$(call fast_or_pip,.venv,-e '.[all]' --group dev)
	@touch $@ .venv/.base

$(SERVER)/.installed: | .venv/.dev
	@echo "Installing $(LABEL_STUDIO) into $(SERVER)"
	@$(call new_environment,$(SERVER))
	@$(call fast_or_pip,$(SERVER),$(LABEL_STUDIO))
	@touch $@

$(DOCCANO_SERVER)/.installed: | .venv/.dev
	@echo "Installing doccano into $(DOCCANO_SERVER)"
	@$(call new_environment,$(DOCCANO_SERVER))
	@$(call fast_or_pip,$(DOCCANO_SERVER),$(DOCCANO))
	@touch $@

$(READERS)/.installed: tests/live/readers/environments.mk | .venv/.dev
	@echo "Installing what opens our files into $(READERS)"
	@mkdir -p $(READERS)
	@$(call new_environment,$(READERS)/training)
	@$(call fast_or_pip,$(READERS)/training,$(READERS_TRAINING))
	@$(call fast_or_pip,$(READERS)/training,--no-deps $(READERS_TRL))
	@$(call new_environment,$(READERS)/mistral)
	@$(call fast_or_pip,$(READERS)/mistral,$(READERS_MISTRAL))
	@$(call new_environment,$(READERS)/vi)
	@$(call fast_or_pip,$(READERS)/vi,$(READERS_VI))
	@$(call new_environment,$(READERS)/audio)
	@$(call fast_or_pip,$(READERS)/audio,$(READERS_AUDIO))
	@$(call new_environment,$(READERS)/vision)
	@$(call fast_or_pip,$(READERS)/vision,$(READERS_VISION))
	@$(call fast_or_pip,$(READERS)/vision,--no-deps $(READERS_QWEN))
	@$(call new_environment,$(READERS)/ml)
	@$(call fast_or_pip,$(READERS)/ml,$(READERS_ML))
	@touch $@
