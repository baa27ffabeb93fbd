# make site     the environment, then every program run and compared, then the site in site/
# make test     everything that must hold; needs Chromium
# make help     the rest

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
GENLOOP = "$(BIN)/python" -m genloop
PYTEST  = "$(BIN)/python" -m pytest
# Keyed on content, not on time: a fresh checkout or a copy of the tree installs nothing again.
INSTALLED := $(VENV)/.installed-$(shell cat pyproject.toml .ci/constraints.txt | cksum | cut -d' ' -f1)
STAGE := .genloop/stage

# Two BLAS threads on two busy cores make a small training ten times slower.
export OMP_NUM_THREADS := 1
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help site page test serve clean distclean lint types engine library browser blocks fresh matrix bench fuzz mutate figure pins

help:
	@echo 'make site     set up .venv, run every program, compare what it prints, build site/'
	@echo '               (STORE=URL: first take the records of runs from there, see Contributing)'
	@echo 'make test     lint, types, import contracts, tests, the site in Chromium, the README'"'"'s blocks'
	@echo 'make page     one page, and only what it needs: make page PAGE=gan/game'
	@echo 'make serve    the course at http://127.0.0.1:8000 (PORT=...), page by page as you edit'
	@echo 'make clean    remove what was built; .venv stays (make distclean removes it too)'
	@echo 'make matrix   check every program afresh under each instruction set, with one thread and two, and note where'
	@echo '               it held (RUNS="gan/* vae/units": these alone)'
	@echo 'make bench    times and ratios, side by side (WHOLE=1: also the whole site from nothing)'
	@echo 'make fuzz     broken inputs and damaged stores: no traceback, nothing lost, nothing wrong shown (COUNT=5000 SEED=0)'
	@echo 'make mutate   change the engine in one place at a time, and count what no test notices (SAMPLE=40 SEED=0 ROOM=page)'
	@echo 'make figure   take the README'"'"'s figure from the last build'
	@echo 'make pins     write .ci/constraints.txt from what is installed'
	@echo 'make fresh    run every program in a plain python process and compare (make matrix: all variants too)'
	@echo 'parts of make test: lint types engine library browser blocks'

# While everything runs there is a page to look at.
site: $(INSTALLED)
	@test -d .genloop/records || test -n "$(STORE)" || { echo 'First one page, then all of them:'; $(GENLOOP) build index; }
	@$(GENLOOP) build $(if $(STORE),--store "$(STORE)")
	@echo
	@echo "The site is built. Open:   site/index.html"
	@echo "Next:  make serve   see it at http://127.0.0.1:8000 while you edit"
	@echo "       make test    prove that all of it holds"

page: $(INSTALLED)
	@test -n "$(PAGE)" || { echo 'Which page? Type for example: make page PAGE=gan/game' >&2; exit 2; }
	@$(GENLOOP) build $(PAGE)

serve: $(INSTALLED)
	@$(GENLOOP) serve $(if $(PORT),--port $(PORT))

# One step after another: the machine may have two cores, and each step says what it proves.
test: site
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory engine
	@$(MAKE) --no-print-directory library
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory blocks
	@echo
	@echo "All of it holds: lint, types, import contracts, engine, library, site, copied programs, code blocks."
	@echo "Next:  make serve   or commit"

lint: $(INSTALLED)
	@echo '== lint: format, rules, import contracts'
	@"$(BIN)/ruff" format --check --quiet . || { echo 'to format: .venv/bin/ruff format .'; exit 1; }
	@"$(BIN)/ruff" check --quiet .
	@told=$$("$(BIN)/lint-imports" --no-logo 2>&1) || { echo "$$told"; exit 1; }

types: $(INSTALLED)
	@echo '== types: mypy, strict, tests too (the first time takes a minute)'
	@"$(BIN)/python" -m mypy

engine: $(INSTALLED)
	@echo '== engine, house rules, and the form of the chapter'
	@$(PYTEST) tests/engine tests/codeblocks tests/house tests/chapter -n 2 --dist loadfile

library: $(INSTALLED)
	@echo '== the library: metrics against brute force, closed forms and published figures'
	@$(PYTEST) tests/library -n 2 --dist loadfile

browser: $(INSTALLED)
	@echo '== the built site, in Chromium; every program on it copied out and run'
	@$(PYTEST) tests/site -n 2 --dist loadfile

# A lesson may leave the file of np.load open: Python closes it, and a `with` would hide what the line says.
blocks: $(INSTALLED)
	@echo '== code blocks of the README and of every page'
	@rm -rf $(STAGE) && $(GENLOOP) stage $(STAGE)
	@$(PYTEST) -p tests.codeblocks.plugin --codeblocks README.md $(STAGE) -W ignore::ResourceWarning -n 2 --dist loadfile

fresh: $(INSTALLED)
	@echo '== every program in a plain python process'
	@$(GENLOOP) check --fresh --no-variants

# OMP_NUM_THREADS is set by the engine from GENLOOP_THREADS; two threads leave room for one run at a time.
matrix: $(INSTALLED)
	@"$(BIN)/python" -m tests.benchmarks.matrix $(RUNS)

bench: $(INSTALLED)
	@"$(BIN)/python" -m tests.benchmarks.bench $(if $(WHOLE),--whole)

# COUNT inputs, and a fifth as many damaged stores.
fuzz: $(INSTALLED)
	@n=$(or $(COUNT),5000); "$(BIN)/python" -m tests.benchmarks.fuzz --seed $(or $(SEED),0) --inputs $$n --stores $$((n / 5))

# In an environment of its own: what it needs is no part of the project's pins.
mutate: $(INSTALLED)
	@test -d .genloop/mutation || "$(BIN)/python" -m venv .genloop/mutation
	@.genloop/mutation/bin/python -m pip install -qq cosmic-ray==8.7.0
	@.genloop/mutation/bin/python tests/benchmarks/mutation.py "$(abspath $(BIN)/python)"

pins: $(INSTALLED)
	@"$(BIN)/python" .ci/pins.py > .ci/constraints.new && mv .ci/constraints.new .ci/constraints.txt
	@echo 'wrote .ci/constraints.txt; next: make site'

figure: site
	@cp docs/generated/files/mnist/plane/plane.png .github/plane.png

clean:
	@rm -rf .genloop docs/generated site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-results
	@echo 'removed what was built; next: make site'

distclean: clean
	@rm -rf "$(VENV)"

# One line for each thing that a bare machine may lack, and what to type.
$(INSTALLED):
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no $(PYTHON) on the PATH; genloop needs Python 3.11.5 or newer.' >&2; exit 1; }
	@"$(PYTHON)" .ci/install.py "$(VENV)"
	@rm -f "$(VENV)"/.installed-* && touch "$@"
