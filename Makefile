# Two commands: `make demo`, `make test`. The rest serves those who run or build Coffre.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test histories serve bench lint install lock docs corpus clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Coffre needs Python 3.11 or later; name one: make PYTHON=python3.11 …"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.lock
	@touch $@

install: $(VENV)/.run ## make .venv with the pinned dependencies

demo: $(VENV)/.run ## the main job end to end with a made-up patient (EXIT=1 stops after the last step)
	@$(BIN)/coffre demo $(if $(EXIT),--exit)

serve: $(VENV)/.run ## run the service on its embedded defaults
	@$(BIN)/coffre serve

test: $(VENV)/.test ## the whole suite, on SQLite and on a real PostgreSQL
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

histories: $(VENV)/.test ## random histories of the registry, over both databases and the oracle (COUNT=20000)
	@COFFRE_TEST_HISTORIES=$(or $(COUNT),20000) $(BIN)/python -m pytest tests/registry/store/test_histories.py $(ARGS)

lint: $(VENV)/.test ## ruff, mypy, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.test ## throughput, latency and the floors under them (see docs/performance.md)
	@$(BIN)/python -m bench.command $(ARGS)

docs: $(VENV)/.test ## write the pages that are made from tables
	@$(BIN)/python -m server.pages

lock: ## pin the dependencies anew, with hashes
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for name in requirements requirements-test; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate $$name.in -o $$name.lock; done

clean: ## remove .venv and what the tools left
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
