# make run    install and run on the sample articles      make test   install and run every test
# make lint   format, lint and types                      make clean  remove what these made
VENV ?= .venv
OUT  ?= out

# The first Python that is new enough, whatever its name.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN    := $(VENV)/bin
QUIET  := --quiet --disable-pip-version-check

.PHONY: run test lint clean

run: $(VENV)/.installed
	$(BIN)/baomat extract data/articles -o $(OUT) --overwrite

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Editable: a change of the code needs no new installation, a change of pyproject.toml does.
$(VENV)/.installed: $(BIN)/python pyproject.toml
	@echo "Installing baomat into $(VENV) (the first time takes a minute or two)"
	$(BIN)/python -m pip install $(QUIET) -e .
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	@echo "Installing baomat and its development tools into $(VENV) (the first time takes a few minutes)"
	$(BIN)/python -m pip install $(QUIET) -e ".[dev]"
	@touch $@ $(VENV)/.installed

# Some systems split venv's own pip off (Debian's python3-venv): then the pip at hand installs one.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "baomat needs Python 3.11 or newer; none was found. Name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV) install $(QUIET) pip; }
