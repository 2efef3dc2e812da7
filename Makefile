# make demo    install, then play the whole story in a new folder
# make check   install, then format, lint, import contracts, types (as for Linux, Windows and macOS)
#              and tests
# make test    the tests alone
# make gpu     the tests that need a CUDA device
# make soak    the long tests
# make format  put the sources into their form
# make docs    write docs/commands.md and the samples again from the program
# make clean   remove what was made here
#
# On Linux pip installs torch with CUDA. To install the much smaller CPU build, add TORCH=cpu.

PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
ifeq ($(TORCH),cpu)
INDEX := --extra-index-url https://download.pytorch.org/whl/cpu
endif

.PHONY: demo check types install install-dev format test gpu soak docs clean

demo: install
	$(BIN)/provgen demo

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(MAKE) --jobs 3 types types-win32 types-darwin
	$(BIN)/pytest -n 2

# Side by side, they take little longer than the first alone; mypy keeps no results of two platforms
# in one folder.
types: install-dev
	$(BIN)/mypy

types-%: install-dev
	$(BIN)/mypy --platform $* --cache-dir .mypy_cache/$* provenance_gen

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(INDEX) --editable ".[generate,pdf]"
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/installed
	$(BIN)/python -m pip install --quiet $(INDEX) --editable ".[generate,pdf,dev]"
	@touch $@

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: install-dev
	$(BIN)/pytest -n 2

gpu: install-dev
	$(BIN)/pytest -m gpu

soak: install-dev
	$(BIN)/pytest -m slow

docs: install-dev
	$(BIN)/python docs/build.py
	$(BIN)/python reports/samples/build.py
	$(BIN)/python docs/sheet.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
