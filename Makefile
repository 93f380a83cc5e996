# The commands of the README. Everything is installed into .venv and nowhere else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of real servers wait more than they compute: two for each core. They come first in order, so
# that what is left at the end are the many quick ones.
TEST_WORKERS ?= $(shell echo $$((2 * $$(nproc))))
STAMP := $(VENV)/.installed

.PHONY: bench demo test test-quick lint format clean

demo: $(STAMP)
	$(BIN)/yaptide simulators install mcsquare
	$(BIN)/yaptide run examples/proton_pencil_beam_in_water.json \
		--simulator mcsquare --tasks 4 --primaries 40000 --out demo-output --plot --skip-unsupported

test: $(STAMP)
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

# The inner loop: no servers, no engines.
test-quick: $(STAMP)
	$(BIN)/pytest tests/unit -n $(shell nproc) --dist loadfile

bench: $(STAMP)
	PYTHONPATH=. $(BIN)/python -m benchmarks

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo-output

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
