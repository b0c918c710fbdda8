# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop web tag test test-long lint format lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/runtime ## install, migrate, start everything with a simulated contact centre (ARGS="--speed 60")
	@frontend/set-up || echo "Going on without the console, the browser tag and the demo shop." >&2
	@$(BIN)/trunkline demo $(ARGS)

demo-stop: ## stop the demo; its data stay
	@$(BIN)/trunkline demo stop

web: ## build what browsers load: the console, the browser tag, the demo shop (needs Node.js and npm)
	@frontend/set-up

tag: web

test: $(VENV)/dev ## lint, types, import rules and all tests, on SQLite and PostgreSQL
	@tests/run

test-long: $(VENV)/dev ## the same tests with their long counts (crash points, random histories)
	@TRUNKLINE_TEST_LONG=1 tests/run

lint: $(VENV)/dev ## ruff, mypy and the import rules, as the tests run them
	@$(BIN)/pytest -q tests/test_code_rules.py

format: $(VENV)/dev ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## pin dependencies anew (needs uv and npm)
	requirements/lock.sh --upgrade
	cd frontend && npm run --silent lock

clean: ## stop the demo; remove its data and what these commands installed (data of `trunkline up` stay)
	@[ ! -x $(BIN)/trunkline ] || $(BIN)/trunkline demo stop
	rm -rf frontend/node_modules src/trunkline/*/built
	rm -rf $(VENV) data/demo data/demo-fast .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-output

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Trunkline needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/runtime: $(VENV)/bin/python requirements/runtime.txt pyproject.toml
	@echo "Installing (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev: $(VENV)/bin/python requirements/dev.txt pyproject.toml
	@echo "Installing what the tests need (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@ $(VENV)/runtime
