# Needs Python 3.11 or newer, make, and nothing else: the environment is built in .venv
# from the hash-pinned files in requirements/.

.DEFAULT_GOAL := help
.PHONY: help run test check bench alert-load samples safety golden screenshots lock clean
SHELL := /bin/sh

# A folder of charts, or one chart, for `make samples`.
SAMPLES ?= ../shared/samples
# A folder of charts for `make alert-load`.
CHARTS ?= examples
# The least of service/core that the tests may cover, in percent. The goal is 100; it may only rise.
CORE_COVERED = 96
# Where `make safety` starts its charts from.
SEED ?= 20260302

HOST = $${NEEDLEWISE_HOST:-127.0.0.1}
PORT = $${NEEDLEWISE_PORT:-8080}

# The first Python that will do; the tested ones (3.11 to 3.13) before newer ones.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python python3.14; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Nothing of the caller's own packages or settings gets in.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-11s %s\n' "$$name" "$$what"; done

run: .venv/project ## start the service on 127.0.0.1:8080, and print a curl line to try it with
	@echo "Needlewise starts on http://$(HOST):$(PORT) (stop it with Ctrl-C). Try it from another terminal:"
	@echo
	@echo "curl -sS --retry 5 --retry-connrefused 'http://$(HOST):$(PORT)/fhir/RiskAssessment/\$$screen?as-of=2026-03-02&_pretty=true' -H 'Content-Type: application/fhir+json' --data-binary '@$(CURDIR)/examples/apixaban-left-calf.json'"
	@echo
	@echo "Or in a browser: http://$(HOST):$(PORT)/ is a workbench, http://$(HOST):$(PORT)/sandbox plays an EHR."
	@echo
	@exec $(BIN)/needlewise serve

test: .venv/dev .venv/project .venv/browser ## run every test, and measure what they cover
	@$(BIN)/python -m pytest --cov --cov-report=term
	@printf 'coverage of service/core, lines and branches: '; \
	$(BIN)/coverage report --include='service/core/*' --format=total --fail-under=$(CORE_COVERED)

check: .venv/dev .venv/project ## formatting, lint, types, import rules, mapping lint and the audit of what is installed: all of them, then the count of failures
	@failed=0; \
	for each in 'ruff format --check .' 'ruff check .' 'mypy' 'lint-imports --no-logo' 'needlewise mappings check' 'python requirements/audit.py'; do \
		echo "== $$each"; $(BIN)/$$each || failed=$$((failed + 1)); \
	done; \
	echo "== $$failed of 6 checks failed"; test $$failed -eq 0

bench: .venv/dev .venv/project ## print the performance tables
	@$(BIN)/python -m bench

alert-load: .venv/project ## count the cards that each rule would raise over CHARTS, if dry needling was ordered for each
	@$(BIN)/python -m bench.alerts '$(CHARTS)'

samples: .venv/project ## screen every chart of SAMPLES (a folder or file) into var/samples, and compare with its labels.csv
	@test -e '$(SAMPLES)' || { echo "There is no $(SAMPLES). Name a folder of charts: make samples SAMPLES=folder"; exit 2; }
	@$(BIN)/python -m bench.samples '$(SAMPLES)' var/samples

safety: .venv/dev .venv/project ## try every promise of docs/safety.md on ten thousand charts (long)
	@$(BIN)/python -m pytest -m safety --hypothesis-profile=long --hypothesis-seed=$(SEED)

golden: .venv/dev .venv/project ## renew the tests' golden files and mappings/SUMMARY.md; read the diff before committing it
	@$(BIN)/python -m tests.fhir.renew_golden
	@$(BIN)/python -m tests.cds.renew_golden
	@$(BIN)/python -m service.knowledge.summary
	@git --no-pager diff --stat -- tests mappings

screenshots: .venv/dev .venv/project .venv/browser ## take the pictures of docs/images anew; look at them before committing them
	@$(BIN)/python -m tests.pages.screenshots

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-header --no-emit-index-url --no-emit-find-links
lock: ## pin the newest releases that pyproject.toml allows (needs uv)
	@$(LOCK) pyproject.toml --extra postgresql --output-file requirements/run.txt
	@$(LOCK) --group build --constraint requirements/run.txt --output-file requirements/build.txt
	@$(LOCK) pyproject.toml --extra postgresql --extra tracing --group test --group check --group build --constraint requirements/run.txt --output-file requirements/dev.txt
	@! grep -nE '://|--(index|extra-index|find-links)' requirements/*.txt

clean: ## remove the environment and everything that is made
	rm -rf .venv .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------ the environment, by stamp files

# The pages are tested in a Chromium: the machine's own, else the distribution's, else Playwright's.
.venv/browser: .venv/dev
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || \
	$(BIN)/playwright install --with-deps --only-shell chromium
	@touch $@

.venv/run: requirements/run.txt requirements/build.txt
	@test -n '$(PYTHON)' || { echo "Needlewise needs Python 3.11 or newer with its venv module (on Debian: python3-venv); none was found. Name one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Building the environment in .venv ..."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/run.txt -r requirements/build.txt
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

.venv/project: pyproject.toml .venv/run
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@
