# The commands of the README. Everything is installed into .venv and nowhere else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of real servers wait more than they compute: two for each core. They come first in order, so
# that what is left at the end are the many quick ones.
TEST_WORKERS ?= $(shell echo $$((2 * $$(nproc))))
STAMP := $(VENV)/.installed

.PHONY: bench demo test test-quick test-lowest lint lock format clean

demo: $(STAMP)
	$(BIN)/yaptide simulators install mcsquare
	$(BIN)/yaptide run examples/proton_pencil_beam_in_water.json \
		--simulator mcsquare --tasks 4 --primaries 40000 --out demo-output --plot --skip-unsupported
	@echo "As a service, also for what the frontend sends for other simulators: $(BIN)/yaptide up --substitute"

test: $(STAMP)
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

# The inner loop: no servers, no engines.
test-quick: $(STAMP)
	$(BIN)/pytest tests/unit -n $(shell nproc) --dist loadfile

# The lower bounds in pyproject.toml, which must be true: the lowest versions that they allow.
test-lowest: .venv-lowest/.installed
	.venv-lowest/bin/pytest tests/unit -n $(shell nproc) --dist loadfile

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

# What is raised: everything; nothing (RAISE=), or one package (RAISE='--upgrade-package numpy').
RAISE ?= --upgrade
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --only-binary :all: --custom-compile-command 'make lock' $(RAISE)

lock: $(STAMP)
	$(COMPILE) pyproject.toml --extra dev --group build --group lock -o requirements/development.txt
	$(COMPILE) pyproject.toml --constraint requirements/development.txt -o requirements/backend.txt
	$(COMPILE) --group build --constraint requirements/development.txt -o requirements/build.txt
	$(COMPILE) pyproject.toml --extra dev --group build --resolution lowest-direct \
		-o requirements/lowest.txt

clean:
	rm -rf $(VENV) .venv-* demo-output

$(STAMP): requirements/development.txt pyproject.toml
	$(install)

.venv-lowest/.installed: requirements/lowest.txt pyproject.toml
	$(install)

# Exactly what is pinned, and nothing that would be built on the way.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
$(PYTHON) -m venv $(@D)
$(@D)/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
$(@D)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
@touch $@
endef
