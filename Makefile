# Everything runs in .venv, which `setup` makes and every other target implies.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
TEST_READY := $(VENV)/ready-for-tests
CONTAINER_VENV := .venv-container
CONTAINER_READY := $(CONTAINER_VENV)/ready
BUILD_VENV := .venv-build
BUILD_READY := $(BUILD_VENV)/ready
LINTERS_VENV := .venv-linters
LINTERS_READY := $(LINTERS_VENV)/ready
REFEREES := .referees
REFEREES_READY := $(REFEREES)/ready
# A file's tests share servers and demos, so files are what the processes divide among them, the longest first.
WORKERS ?= 2
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
TEMPLATES := infrastructure/stack.yaml infrastructure/bootstrap.yaml
SERVER := local-aws/src local-aws/tests local-aws/benchmarks
CODE := console infrastructure lambda_functions inference pipelines processing training glue_scripts benchmarks tests

# The newest Python that the pins are made for; one that is only a shim of a version manager does not count.
# Tar files have filters from 3.11.4 on.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11, 4) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)

define REQUIRE_PYTHON
@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found: install one, or name it with 'make PYTHON=/path/to/python3 ...'." >&2; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(not (3, 11, 4) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	echo "Python 3.11, 3.12 or 3.13 is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1), and 3.11 counts from 3.11.4 on." >&2; exit 1; }
endef

# pip says nothing for a minute when it is quiet, and too much otherwise.
INSTALL = $(BIN)/python -m console.setup_step "pip" -- $(BIN)/python -m pip install --disable-pip-version-check

.PHONY: help referees setup demo test test-local-aws test-quick test-build test-container lint lint-templates format constraints bench soak clean

help:
	@echo "make setup           install what the demo needs into $(VENV)"
	@echo "make demo            feeds -> Glue -> SageMaker pipeline -> SQL predictions, on this machine"
	@echo "make test            run the product's tests, on local_aws too"
	@echo "make test-local-aws  run the server's tests"
	@echo "make test-quick      run the product's tests that need no server"
	@echo "make lint            check style, types and the CloudFormation templates"
	@echo "make bench           run the benchmarks (SOURCE=DIR for real feeds)"
	@echo "make soak            kills, fuzz, memory, load and pipelines (SCALE=0.1 for a tenth, SEED=N for the same again)"
	@echo "make test-build      run the tests that CodeBuild runs, with no more than it installs"
	@echo "make test-container  test processing/ and training/ under the pins of the XGBoost container"
	@echo "make referees        install the releases of other people that judge the project"
	@echo "make constraints     resolve constraints.txt anew"
	@echo "make clean           remove what these targets made"

setup: $(READY)

# From nothing each time: what the pins no longer name must not stay, for two wheels may hold one package's files.
$(READY): pyproject.toml local-aws/pyproject.toml constraints.txt
	$(REQUIRE_PYTHON)
	@echo "setting up $(VENV): about 170 packages, 650 MB to download unless pip has them, 1.9 GB on disk"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m console.set_up
	@touch $@

$(TEST_READY): $(READY)
	@$(INSTALL) -c constraints.txt -e './local-aws[test]' -e '.[test]'
	@# Where Python may not write bytecode, each of the tests' many processes would compile the project anew.
	@$(BIN)/python -m compileall -q $(CODE) local-aws/src
	@touch $@

demo: setup
	$(BIN)/playgrounds demo

test: $(TEST_READY) referees
	$(BIN)/python -m pytest $(PARALLEL)

test-local-aws: $(TEST_READY)
	cd local-aws && ../$(BIN)/python -m pytest $(PARALLEL)

test-quick: $(TEST_READY) referees
	$(BIN)/python -m pytest --quick $(PARALLEL)

test-build: $(BUILD_READY)
	$(BUILD_VENV)/bin/python -m pytest -p no:cacheprovider $(PARALLEL)

referees: $(REFEREES_READY)

# Releases whose pins do not fit ours: what the tests take from them is loaded file by file.
$(REFEREES_READY): tests/referees.txt $(READY)
	rm -rf $(REFEREES)
	$(BIN)/python -m pip install --quiet --no-deps --no-compile --target $(REFEREES) -r tests/referees.txt
	@touch $@

# As buildspec.yml installs: nothing of local_aws, so that a test that needs it and is not in tests/conftest.py's list
# fails here.
$(BUILD_READY): pyproject.toml constraints.txt
	$(REQUIRE_PYTHON)
	$(PYTHON) -m venv $(BUILD_VENV)
	$(BUILD_VENV)/bin/python -m pip install --quiet -c constraints.txt -e '.[test]'
	@touch $@

test-container: $(CONTAINER_READY)
	REQUIRE_TOOLKIT=1 $(CONTAINER_VENV)/bin/python -m pytest -p no:cacheprovider $(PARALLEL) tests/processing tests/training

$(CONTAINER_READY): tests/container/requirements.txt tests/container/toolkit.txt tests/container/toolkit-needs.txt
	$(REQUIRE_PYTHON)
	$(PYTHON) -m venv $(CONTAINER_VENV)
	$(CONTAINER_VENV)/bin/python -m pip install --quiet -r tests/container/requirements.txt
	$(CONTAINER_VENV)/bin/python -m pip install --quiet -r tests/container/toolkit-needs.txt
	@# AWS's toolkit has a C extension: this wants a C compiler.
	$(CONTAINER_VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -r tests/container/toolkit.txt
	@touch $@

lint: $(TEST_READY) lint-templates
	$(BIN)/ruff check $(CODE) $(SERVER) setup.py
	$(BIN)/ruff format --check $(CODE) $(SERVER) setup.py
	$(BIN)/mypy $(CODE)
	cd local-aws && ../$(BIN)/mypy src tests benchmarks

lint-templates: $(TEST_READY) $(LINTERS_READY)
	$(BIN)/cfn-lint $(TEMPLATES)
	$(BIN)/python -m infrastructure.check_names
	@# Its checks are in the package: nothing is sent or fetched.
	CKV_SKIP_PACKAGE_UPDATE_CHECK=true $(LINTERS_VENV)/bin/checkov --quiet --compact --skip-download \
		--framework cloudformation $(addprefix --file ,$(TEMPLATES))
	@mkdir -p build
	$(BIN)/python -m tests.infrastructure.policies > build/policies.json
	$(LINTERS_VENV)/bin/python -W ignore tests/infrastructure/parliament_findings.py < build/policies.json

$(LINTERS_READY): tests/infrastructure/linters.txt
	$(REQUIRE_PYTHON)
	$(PYTHON) -m venv $(LINTERS_VENV)
	$(LINTERS_VENV)/bin/python -m pip install --quiet -r tests/infrastructure/linters.txt
	@touch $@

format: $(TEST_READY)
	$(BIN)/ruff check --fix-only $(CODE) $(SERVER) setup.py
	$(BIN)/ruff format $(CODE) $(SERVER) setup.py

constraints: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11.4 --no-annotate --no-header pyproject.toml local-aws/pyproject.toml --extra test -o constraints.txt

# The page is timed in a browser, which the tests' tools drive.
bench: $(TEST_READY)
	$(BIN)/python -m benchmarks $(if $(SOURCE),--source $(SOURCE))
	cd local-aws && ../$(BIN)/python -m benchmarks.listings

soak: $(TEST_READY)
	cd local-aws && ../$(BIN)/python -m tests.soak $(if $(SCALE),--scale $(SCALE)) $(if $(SEED),--seed $(SEED))
	$(if $(SCALE),,$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED)))

clean:
	rm -rf $(VENV) $(BUILD_VENV) $(CONTAINER_VENV) $(LINTERS_VENV) $(REFEREES) build *.egg-info local-aws/build local-aws/src/*.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
