# `make demo` and `make test` do all the set-up on a machine with Python 3.11 (with venv) and make.
# The system's own Python comes first: distributions build it with every optimisation, and the tests take a quarter less time.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip, venv' 2>/dev/null && echo /usr/bin/python3.11 || command -v python3.11 || command -v python3)
UV_VERSION := 0.13.8
WORKERS ?= 4
BIN := .venv/bin
RUN := $(BIN)/python -m
COVERAGE := $(RUN) coverage
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo test check fast-gates bench calibrate soak notebooks docs lock clean

help: ## show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv==$(UV_VERSION) || echo "uv is not available: going on with pip, which is slower"

# $(call install,lock file): uv where it is there, else pip; every file is checked against its hash
define install
	@if $(BIN)/uv --version >/dev/null 2>&1; \
	then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); \
	else $(BIN)/pip install --quiet --require-hashes -r $(1); fi
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
endef

.venv/base.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,requirements.lock)
	$(BIN)/tenfold doctor
	@touch $@

.venv/dev.stamp: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(call install,requirements-dev.lock)
	@touch $@

demo: .venv/base.stamp ## ten strategies vote on real data; research judges there and on a made-up market; opens the reports
	$(BIN)/tenfold demo --open

test: .venv/dev.stamp fast-gates ## every test, with coverage
	@rm -f .coverage .coverage.*
	$(COVERAGE) run -m pytest -n $(WORKERS) --dist worksteal
	NUMBA_DISABLE_JIT=1 $(COVERAGE) run -m pytest -n $(WORKERS) --dist worksteal -m kernels
	$(COVERAGE) combine --quiet
	$(COVERAGE) report
	$(COVERAGE) report --include='src/tenfold/domain/*,src/tenfold/ledger/*,src/tenfold/risk/*' --fail-under=100

fast-gates: .venv/dev.stamp
	$(RUN) ruff format --check --quiet .
	$(RUN) ruff check --quiet .
	$(RUN) mypy
	$(BIN)/lint-imports --no-cache
	$(RUN) deptry src

check: fast-gates ## format, lint, types, contracts, structure
	$(RUN) pytest tests/tidy

bench: .venv/dev.stamp ## peers side by side, in one run
	$(BIN)/python benchmarks/run.py

calibrate: .venv/dev.stamp ## how often a study approves noise, and finds what is there; about an hour, goes on where it was interrupted
	$(BIN)/python benchmarks/calibrate.py

soak: .venv/dev.stamp ## memory of live loop and exchange; every fault of a disk, every kill and sleep; seeds: hours, cheapest first, each from where it was interrupted
	$(BIN)/python benchmarks/live_memory.py
	$(BIN)/python benchmarks/soak.py
	$(RUN) pytest -m soak --soak
	$(BIN)/python tests/simulation/keeps_trading.py
	$(BIN)/python tests/simulation/seeds.py --count 100000 --record benchmarks/.env/simulation/seeds.jsonl

notebooks: .venv/dev.stamp ## the notebooks of examples, run anew
	$(BIN)/python examples/notebooks/build.py

docs: .venv/dev.stamp ## the documentation as a site
	$(RUN) mkdocs build --strict --quiet

COMPILE = uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11
lock: | .venv/bin/python
	$(BIN)/$(COMPILE) --extra samples --extra research --group build -o requirements.lock $(UPGRADE)
	$(BIN)/$(COMPILE) --all-extras --group build --group test --group check --group docs -c requirements.lock \
		-o requirements-dev.lock $(UPGRADE)

clean: ## remove the environment and every cache of this folder
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* site
