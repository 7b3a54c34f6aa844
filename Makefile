.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

help:  ## Say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/run: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt $(VENV)/run
	$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@

run: $(VENV)/run  ## Set up and serve the product, with demonstration data on first start
	$(BIN)/python -m pao_core serve

test: $(VENV)/dev  ## Set up and pass the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/dev  ## Lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev  ## Measure against the budgets
	$(BIN)/python -m benchmarks

soak: $(VENV)/dev  ## The tests with their full counts (hours)
	PAO_SOAK=1 $(BIN)/python -m pytest

pictures: $(VENV)/dev  ## Take the pictures of the README and of the Tour again
	$(BIN)/python -m docs.pictures
	$(BIN)/python -m docs.tour_pictures

permissions: $(VENV)/run  ## Write docs/permissions.md, who may do what
	PYTHONPATH=. $(BIN)/python docs/permissions.py

definitions: $(VENV)/run  ## Write docs/definitions.md, what every report counts
	PYTHONPATH=. $(BIN)/python docs/definitions.py

guide: $(VENV)/run  ## Write the parts of docs/guide that are made from the menu
	PYTHONPATH=. $(BIN)/python docs/guide.py

texts: $(VENV)/dev  ## Gather the texts into the catalogues, for translating
	$(BIN)/python -m pao_core.locale.gather

.PHONY: help run test check bench soak pictures permissions definitions guide texts
