# Two commands are all a newcomer needs: `make dev` and `make test`.
# A step is done again only when a file it depends on is newer than what it made.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
# One profile for the extension, clippy and the tests, so that each dependency is compiled once.
PROFILE := dev-fast
EXTENSION := mediacore/_native.abi3.so
VENV_STAMP := $(VENV)/.requirements-installed
INSTALL_STAMP := $(VENV)/.checkout-installed
NATIVE_SOURCES := $(shell find native) Cargo.toml Cargo.lock pyproject.toml
PACKAGES := mediacore router control_api loadtest
PYTEST_ARGS ?=

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# Only what the server itself needs is set up for `make dev`; the tests' browser comes with `make setup`.
.PHONY: dev
dev: installed ## Start the server on this machine and print three links (ARGS="--port 8080")
	@exec $(BIN)/mediacore dev $(ARGS)

.PHONY: setup
setup: installed system-packages ## Prepare everything and run nothing

.PHONY: test
test: test-rust test-sanitized test-pages test-python ## Run all tests

# Every order of the threads' steps, in a folder of its own: the flag compiles the rings anew.
LOOM := RUSTFLAGS="--cfg loom" cargo test --release --target-dir target/loom

.PHONY: test-rust
test-rust: | $(VENV_STAMP) ## Run the Rust tests
	cargo test --profile $(PROFILE) --workspace --exclude mediacore-py --locked
	$(LOOM) --locked -p mediacore-rings --test loom

# Wrong uses of memory, and memory that is never given back, end the test. The sanitizer is part of the
# toolchain, its flag not stable yet; proc macros and build scripts stay as they are, hence the target.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
SANITIZED = RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --profile $(PROFILE) \
    --target-dir target/sanitized --target $(HOST)

.PHONY: test-sanitized
test-sanitized: ## Run the tests of the matcher and the rings under the address sanitizer
	MEDIACORE_ORACLE_COMMANDS=300000 $(SANITIZED) --locked -p mediacore-rings -p mediacore-acd

# For a short while each; FUZZ_S=3600 for longer. An input that ends one is kept in target/fuzz, where its
# log says how; the program beside it takes the file's name and runs it again.
FUZZ_TARGETS := datagram offer payload track_log
FUZZ_S ?= 10
COVERED := -Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares

.PHONY: test-fuzz
test-fuzz: ## Feed what reads bytes from outside with random ones (FUZZ_S=3600)
	@RUSTC_BOOTSTRAP=1 RUSTFLAGS="$(COVERED)" cargo build --profile $(PROFILE) --locked -p mediacore-fuzz \
	    --target-dir target/fuzz --target $(HOST)
	@for name in $(FUZZ_TARGETS); do \
	    log=target/fuzz/$$name.log; corpus=target/fuzz/corpus/$$name; seeds=fuzz/seeds/$$name; \
	    mkdir -p $$corpus; [ -d $$seeds ] || seeds=; \
	    echo "fuzz $$name for $(FUZZ_S) s"; \
	    target/fuzz/$(HOST)/$(PROFILE)/$$name $$corpus $$seeds -max_total_time=$(FUZZ_S) -max_len=16384 \
	        -timeout=5 -rss_limit_mb=2048 -artifact_prefix=target/fuzz/$$name- -print_final_stats=1 \
	        >$$log 2>&1 || { tail -n 40 $$log; exit 1; }; \
	    grep number_of_executed_units $$log; \
	done

# The pages' own logic runs under Node; the pages themselves run in Chromium with the Python tests.
PAGE_TESTS := $(shell find tests/unit/pages -name '*.test.js' -o -name '*.test.mjs' 2>/dev/null)
.PHONY: test-pages
test-pages: system-packages ## Run the pages' unit tests
	@if [ -z "$(PAGE_TESTS)" ]; then echo "tests/unit/pages: nothing there"; \
	elif command -v node >/dev/null; then node --test $(PAGE_TESTS); \
	else echo "SKIPPED tests/unit/pages: node is missing" ; fi

.PHONY: test-python
test-python: installed system-packages ## Run the Python and browser tests (PYTEST_ARGS="-k chat")
	$(BIN)/pytest $(PYTEST_ARGS)

.PHONY: check
check: installed ## Formatting, lints, types, import rules
	cargo fmt --all --check
	cargo clippy --profile $(PROFILE) --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest mediacore._native
	$(BIN)/lint-imports

.PHONY: fmt
fmt: $(VENV_STAMP) ## Format all code
	cargo fmt --all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: demo-call
demo-call: setup ## One whole call between two headless browsers, summed up in one line
	@PYTHONPATH=tests $(BIN)/python -m browser.demo_call

.PHONY: bench-acd
bench-acd: installed ## Routing's figures, one JSON line per case (QUICK=1 for short windows, ARGS="decision_8k")
	@cargo build --release --quiet --locked -p mediacore-bench-acd -p mediacore-py
	@QUICK=$(QUICK) NATIVE=target/release/lib_native.so \
	    $(BIN)/python -m benchmarks.routing --acd target/release/mediacore-bench-acd $(ARGS)

.PHONY: bench-sfu
bench-sfu: installed ## What a forwarded packet costs, a JSON line per case: QUICK=1, ARGS="fanout_200 joins"
	@cargo build --release --quiet --locked -p mediacore-client -p mediacore-py
	@QUICK=$(QUICK) NATIVE=target/release/lib_native.so \
	    $(BIN)/python -m benchmarks.media --load target/release/mediacore-load $(ARGS)

.PHONY: build
build: $(VENV_STAMP) ## Build the release wheel into dist/
	$(BIN)/maturin build --release --locked --out dist

.PHONY: lock
lock: $(VENV_STAMP) ## Choose new versions of the Python dependencies
	scripts/lock-requirements

.PHONY: clean
clean: ## Remove everything that was built or fetched
	rm -rf target dist .cache $(VENV) $(EXTENSION) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV_STAMP): requirements.lock scripts/create-venv
	@scripts/create-venv $(VENV)
	@touch $@

# Editable: Python code runs from the checkout, and the `mediacore` command is there.
$(INSTALL_STAMP): $(VENV_STAMP) pyproject.toml | $(EXTENSION)
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --no-deps --no-build-isolation --editable .
	@touch $@ $(EXTENSION)

$(EXTENSION): $(NATIVE_SOURCES) | $(VENV_STAMP)
	$(BIN)/maturin develop --skip-install --profile $(PROFILE) --locked
	@touch $@

.PHONY: installed
installed: $(EXTENSION) $(INSTALL_STAMP)

.PHONY: system-packages
system-packages:
	@scripts/install-system-packages
