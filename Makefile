# Two commands on a fresh machine with Python and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(SCRIPTS)

.PHONY: demo test smoke lint lowest readers bench docs samples figures clean

demo: $(VENV)/.installed
	@$(BIN)/eyecandy detect samples/shepherd_and_kitten.jpg --output demo.eyecandy --overwrite --explain
	@echo "The figure lies at demo.eyecandy/figure.png"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# What depends on the system: files and their names, what writes and reads them, the command line, and one run of each wing.
SMOKE := tests/test_arguments.py tests/test_cli.py tests/test_config.py tests/test_files.py tests/test_flags.py \
	tests/test_images_decoding.py tests/test_images_saving.py tests/test_images_search.py tests/test_labels.py \
	tests/test_art_dream.py tests/test_results.py tests/test_web_guard.py tests/test_wheel.py
smoke: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(SMOKE)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Labels of samples, read back by programs that cannot share eyecandy's environment.
READERS := .venv-readers
readers: $(VENV)/.installed $(READERS)/.installed
	rm -rf labels.eyecandy
	$(BIN)/eyecandy detect samples/*.jpg --to labels.eyecandy --format coco,voc,labelme,label-studio
	$(READERS)/$(SCRIPTS)/python tools/read_labels.py labels.eyecandy

$(READERS)/.installed:
	$(PYTHON) -m venv --clear $(READERS)
	$(READERS)/$(SCRIPTS)/python -m pip install --quiet pycocotools datumaro label-studio-sdk labelme
	touch $@

# The lowest versions that setup.cfg allows, in an environment of their own, and tests of what depends on them.
LOWEST := .venv-lowest
LOWEST_PYTHON ?= $(shell python3.11 --version > /dev/null 2>&1 && echo python3.11 || echo $(PYTHON))
lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest -p no:cacheprovider tests/test_keras_files.py tests/test_keras2.py tests/test_labels.py \
		tests/test_images_decoding.py tests/test_settings.py \
		"tests/test_cli.py::test_help_names_every_option_and_its_default" \
		"tests/test_cli.py::test_wrong_arguments_are_one_line" "tests/test_cli.py::test_several_photos_with_failures"

$(LOWEST)/.installed: setup.cfg tools/lowest_versions.py
	$(LOWEST_PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST_PYTHON) tools/lowest_versions.py dependencies > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(LOWEST)/lowest.txt pytest hypothesis
	@touch $@

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/speed.py

docs: $(VENV)/.installed-dev
	$(BIN)/python -m mkdocs build --strict
	@echo "The documentation lies at build/site/index.html"

samples: $(VENV)/.installed-dev
	$(BIN)/python tools/build_samples.py

# The pictures of detection in README.md and docs/, after a change to how it sees.
figures: $(VENV)/.installed-dev
	$(BIN)/python tools/build_results.py --only detect
	$(BIN)/python tools/build_docs_figures.py sees found

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) demo.eyecandy build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
