# One line per chore. `make demo` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
GROUP  := dev
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Percent of lines and branches that the tests reach, in processes of their own too; may only grow.
COVERED := 98
# The tests start hundreds of processes; without compiled modules each compiles both packages anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test quick lint format types bench build docs fuzz cold-starts attack forks bulk-kills bulk-rates journal-rates script-kills script-deployments soak mutation verdicts conformance coverage workflows release constructors vendor-sdks vendor-tests clean

help: ## list the chores
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14
demo: $(VENV)/.demo ## show the main job: a menu pushed to a live call, without an account
	@$(BIN)/callcontrol demo
test: $(VENV)/.dev ## run every test, the blocks of README and docs included
	@$(BIN)/python -m pytest -n auto --dist loadfile $(MEASURED)
quick: $(VENV)/.dev ## run the tests of tests/quick.txt, in half a minute, while editing
	@$(BIN)/python -m pytest -n auto --dist loadfile @tests/quick.txt
lint: $(VENV)/.dev ## ruff and the rule about imports between the packages
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports
format: $(VENV)/.dev ## let ruff rewrite the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
types: $(VENV)/.dev ## mypy and pyright, both strict, over code, tests and examples
	@$(BIN)/mypy && $(BIN)/pyright
bench: $(VENV)/.bench ## ratios against other ways to make and push BXML
	@$(BIN)/python -m tests.benchmarks
build: $(VENV)/.dev ## wheel and source distribution in dist/
	@$(BIN)/python -m build --no-isolation
docs: $(VENV)/.dev ## the documentation as a site in site/, warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
fuzz: $(VENV)/.fuzz ## feed bytes to check and parse for ten minutes, see tests/fuzz
	@PYTHONPATH=. nice -n 19 $(VENV)/fuzz/bin/python tests/fuzz/fuzz_check.py -max_total_time=600
cold-starts: $(VENV)/.dev ## first uses by sixteen threads, and forks meanwhile, in 351 fresh processes
	@nice -n 19 $(BIN)/python -m tests.cold_starts
attack: $(VENV)/.dev ## hostile text for every pattern and reader, and hostile clients: see tests/attack
	@nice -n 19 $(BIN)/python -m tests.attack
forks: $(VENV)/.dev ## ten thousand requests from processes forked off a client in use, see tests/forks
	@$(BIN)/python -m tests.forks
bulk-kills: $(VENV)/.dev ## 10,000 calls changed by runs that are killed ten times, see tests/bulk_kills; CALLS, KILLS
	@nice $(BIN)/python -m tests.bulk_kills --calls $(or $(CALLS),10000) --kills $(or $(KILLS),10)
bulk-rates: $(VENV)/.dev ## seconds for 80 calls, and for 5,000 at 100 a second, on a stub that replies after 50 ms
	@$(BIN)/python -m tests.bulk_kills.rates
journal-rates: $(VENV)/.dev ## steps a second that journals keep, with one, two and four processes
	@$(BIN)/python -m tests.journal_rates
script-kills: $(VENV)/.dev ## calls whose processes are killed 300 times, and 1,000 races, see tests/script_kills; KILLS
	@nice $(BIN)/python -m tests.script_kills --kills $(or $(KILLS),300)
script-deployments: $(VENV)/.dev ## 500 calls over two versions of a script behind a round-robin; CALLS
	@nice $(BIN)/python -m tests.script_deployments --calls $(or $(CALLS),500)
soak: $(VENV)/.dev ## the live simulator for ten minutes: memory and webhooks; SOAK_SECONDS, SOAK_RATE
	@nice $(BIN)/python -m tests.soak --seconds $(or $(SOAK_SECONDS),600) --rate $(or $(SOAK_RATE),20)
mutation: $(VENV)/.dev ## 300 random changes that the tests must notice; also COUNT, SEED, PATHS
	@nice -n 19 $(BIN)/python -m tests.mutation --count $(or $(COUNT),300) $(if $(SEED),--seed $(SEED)) $(PATHS)
verdicts: $(VENV)/.dev ## 100,000 documents, valid and invalid: constructors must judge as libxml2 does; SEED
	@nice -n 19 $(BIN)/python -m tests.verdicts $(SEED)
conformance: $(VENV)/.conformance ## Schemathesis over the simulator: replies as in the vendor's bandwidth.yml, given by SPEC
	@nice -n 19 $(BIN)/python -m tests.conformance $(SPEC) $(VENV)/conformance/bin/schemathesis
coverage: ## run every test; fail if they reach too few lines and branches, see COVERED
	@$(MAKE) test MEASURED="--cov --cov-report=term:skip-covered --cov-fail-under=$(COVERED)"
workflows: $(VENV)/.release ## actionlint over the workflows of GitHub
	@$(BIN)/actionlint .github/workflows/*.yml
release: $(VENV)/.release ## check everything about a release but its publication, see tests/release
	@$(BIN)/python -m tests.release
constructors: $(VENV)/.dev ## write the constructors that type checkers see, from the fields of elements
	@$(BIN)/python -m tests.constructors
vendor-sdks: $(VENV)/.dev ## install the vendor's SDK for Node, whose page is then tested as well
	@npm install --silent --no-fund --prefix $(VENV)/vendor bandwidth-sdk@8.1.4
vendor-tests: $(VENV)/.vendor ## the vendor's own live tests; PYTHON_SDK, NODE_SDK: checkouts, see tests/vendor
	@$(BIN)/python -m tests.vendor $(if $(PYTHON_SDK),--python-sdk $(PYTHON_SDK)) $(if $(NODE_SDK),--node-sdk $(NODE_SDK))
clean: ## remove what the chores made
	@rm -rf $(VENV) dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, got " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@$(PIP) install -e '.[cli]'
	@touch $@
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install -e '.[cli,explore,testing]' --group $(GROUP)
	@touch $@ $(VENV)/.demo
$(VENV)/.bench: $(VENV)/.dev
	@$(PIP) install --group bench
	@touch $@
$(VENV)/.vendor: $(VENV)/.dev
	@$(PIP) install --group vendor-tests
	@touch $@
$(VENV)/.release: $(VENV)/.dev
	@$(PIP) install --group release
	@touch $@
$(VENV)/.conformance: $(VENV)/.dev
	@$(BIN)/python -m venv $(VENV)/conformance && $(VENV)/conformance/bin/python -m pip install --quiet 'schemathesis>=4'
	@touch $@
$(VENV)/.fuzz: | $(BIN)/python
	@$(BIN)/python -m venv $(VENV)/fuzz && $(VENV)/fuzz/bin/python -m pip install --quiet atheris lxml
	@touch $@
