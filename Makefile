# `make` alone lists what there is. Everything runs from a fresh clone with Python 3.11, make and the package index.
SHOP ?= shops/completejourney.toml
PYTHON ?= python3
HOME_OF := $(if $(WINBACK_HOME),$(WINBACK_HOME),.)
DEMO ?= $(HOME_OF)/var/demo-shop
WORLD ?= friendly
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_WAIT_POLICY := PASSIVE
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := help
.PHONY: help import train score recall serve diagnose demo sql test check test-full soak compare bench docs lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements/workbench.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Winback needs Python 3.11 or newer; name it with PYTHON=..."; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/workbench.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

import: $(READY)  ## bring in FILES of a new shop (FILES="orders.csv items.csv"), or SHOP's own again
	@$(BIN)/winback import $(if $(FILES),$(FILES),--shop $(SHOP))

train: $(READY)  ## import SHOP and train its model (default: the Complete Journey)
	@$(BIN)/python training/train.py --shop $(SHOP)

score: $(READY)  ## score every customer of SHOP and write this week's list
	@$(BIN)/winback score --shop $(SHOP)

recall: $(READY)  ## this week's list of SHOP: whom to win back, why, with what, and whom not to contact
	@$(BIN)/winback recall --shop $(SHOP)

serve: $(READY)  ## answer other programs over HTTP: scores of SHOP, now
	@$(BIN)/winback serve --shop $(SHOP)

diagnose: $(READY)  ## how much of SHOP is dormant, on one page, and one sheet for its owner
	@$(BIN)/winback diagnose --shop $(SHOP)

demo: $(READY)  ## a simulated shop of known truth, lived for 26 weeks: data for every page (WORLD=friendly)
	@$(BIN)/winback simulate $(DEMO) --world $(WORLD)
	@test -f $(HOME_OF)/models/demo/champion || $(BIN)/python training/train.py --shop $(DEMO)/shop.toml
	@$(BIN)/winback simulate $(DEMO) --world $(WORLD) --weeks 26
	@$(BIN)/winback measure --shop $(DEMO)/shop.toml
	@$(BIN)/winback report weekly --shop $(DEMO)/shop.toml
	@$(BIN)/winback report monthly --shop $(DEMO)/shop.toml

sql: $(READY)  ## print the SQL of every feature of SHOP
	@$(BIN)/winback import --shop $(SHOP) >&2
	@$(BIN)/winback sql --shop $(SHOP)

test: $(READY)  ## all tests but the slow ones (about 6 minutes)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not full"

check: $(READY)  ## what must be green before a commit: lint, types, layers, docs, test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m winback.features.docs --check docs/reference/features.md
	$(BIN)/python -m winback.reports.playbook_docs --check docs/reference
	$(BIN)/python -m winback.cli.reference --check docs/reference
	$(BIN)/python -m winback.config.reference --check docs/reference/settings.md
	$(BIN)/python docs/internal/mission.py --check
	$(BIN)/python -m winback.api.openapi --check docs/reference/openapi.json
	$(MAKE) test

test-full: $(READY)  ## the slow rest: Postgres, another DuckDB, many cut-offs (under 40 minutes)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m full

soak: $(READY)  ## longer budgets of the same tests, all or TESTS; keeps a JSON report in benchmarks/
	WINBACK_SOAK=1 $(BIN)/python benchmarks/soak.py $(TESTS)

compare: $(READY)  ## our default against LightGBM, CatBoost and others on the shops at hand (installs them)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/compare.txt
	@$(BIN)/python benchmarks/compare.py

bench: $(READY)  ## speed as ratios against named references; leaves JSON in benchmarks/
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/score.py
	$(BIN)/python benchmarks/train.py
	$(BIN)/python benchmarks/segments.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/proof.py
	$(BIN)/python benchmarks/dashboard.py
	$(BIN)/python benchmarks/ingest.py 1

docs: $(READY)  ## write the generated parts of docs/
	$(BIN)/python -m winback.features.docs docs/reference/features.md
	$(BIN)/python -m winback.reports.playbook_docs docs/reference
	$(BIN)/python -m winback.cli.reference docs/reference
	$(BIN)/python -m winback.config.reference docs/reference/settings.md
	$(BIN)/python docs/internal/mission.py
	$(BIN)/python -m winback.api.openapi docs/reference/openapi.json

lock:  ## renew the hashed locks (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --all-extras --no-emit-package xgboost --no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13 \
	  pyproject.toml requirements/workbench.in -o requirements/workbench.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -c requirements/workbench.txt requirements/compare.in -o requirements/compare.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  requirements/duckdb-1.in -o requirements/duckdb-1.txt

clean:  ## remove what runs leave behind, and the environment
	rm -rf $(VENV) var .mypy_cache .ruff_cache .import_linter_cache
	find models mlruns -mindepth 1 ! -name README.md -delete
