# kompas: `make demo` to see it, `make test` to check it. Needs python3 (3.11 or newer) with venv; no git.
# On Debian: apt-get install make python3 python3-venv

PYTHON ?= python3
KERNEN ?= 2
DEMO ?= kompas-demo
VENV := .venv
BIN := $(VENV)/bin
BRONNEN := $(shell find src data/sample -type f -not -name '*.pyc' 2>/dev/null)

# With the development install present, the demo runs from the sources; otherwise from a normal install.
GEREED := $(if $(wildcard $(VENV)/.ontwikkel),$(VENV)/.ontwikkel,$(VENV)/.gewoon)

.PHONY: help demo test bench beelden constraints naslag clean
.DELETE_ON_ERROR:

help:
	@echo "make demo         maakt .venv en laat alles zien op een voorbeeldgemeente, in $(DEMO)/"
	@echo "make test         stijl, typen, lagen en alle tests"
	@echo "make bench        meet tijd en geheugen"
	@echo "make beelden      maakt de plaatjes van de README opnieuw (met chromium)"
	@echo "make constraints  vernieuwt de vaste versies in constraints.txt"
	@echo "make clean        verwijdert alles wat make heeft gemaakt"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "kompas heeft Python 3.11 of nieuwer nodig; kies er een met: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "venv ontbreekt; op Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.gewoon: pyproject.toml constraints.txt $(BRONNEN) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt .
	@touch $@

$(VENV)/.ontwikkel: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

demo: $(GEREED)
	$(BIN)/kompas demo --uit $(DEMO)
	@echo "Uitleg: docs/handleiding.md"

# pytest comes last: its closing line is the last line of the output.
# One thread for linear algebra: the workers are already one per core.
test: export OPENBLAS_NUM_THREADS = 1
test: export OMP_NUM_THREADS = 1
test: export MKL_NUM_THREADS = 1
test: $(VENV)/.ontwikkel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(KERNEN)

bench: $(VENV)/.ontwikkel
	$(BIN)/python benchmarks/alles.py

beelden: $(VENV)/.ontwikkel
	$(BIN)/python docs/beelden/maak.py

constraints:
	$(PYTHON) -m venv --clear build/versies
	build/versies/bin/python -m pip install --quiet --disable-pip-version-check ".[dev]"
	@{ sed -n '/^#/p' constraints.txt | sed "s/Python [0-9.]*[0-9]/Python $$(build/versies/bin/python -c 'import platform; print(platform.python_version())')/"; \
		{ build/versies/bin/python -m pip freeze --exclude kompas; grep '^colorama==' constraints.txt; } | LC_ALL=C sort -fu; } > constraints.nieuw
	@mv constraints.nieuw constraints.txt
	rm -rf build/versies

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./.git/*" -prune -exec rm -rf {} +

naslag: $(VENV)/.ontwikkel
	$(BIN)/python -c "from kompas.naslag import naslag_markdown as m; print(m(), end='')" > docs/opdrachten.md

