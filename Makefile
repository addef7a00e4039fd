# Two commands on a fresh machine with Python and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench samples figures clean

demo: $(VENV)/.installed
	@$(BIN)/eyecandy detect samples/shepherd_and_kitten.jpg --output demo.eyecandy --overwrite --explain
	@echo "The figure lies at demo.eyecandy/figure.png"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/speed.py

samples: $(VENV)/.installed-dev
	$(BIN)/python tools/build_samples.py

# The pictures of detection in README.md and docs/, after a change to how it sees.
figures: $(VENV)/.installed-dev
	$(BIN)/python tools/build_results.py --only detect
	$(BIN)/python tools/build_docs_figures.py sees found

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) demo.eyecandy build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
