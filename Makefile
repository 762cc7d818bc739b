# What people and CI run. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
PYTHON := .venv/bin/python

PREFIX ?= /usr/local

.PHONY: $(shell sed -nE 's/^([a-z-]+):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: ## Build everything, attack a mirrored NGINX on loopback, and show what was found
	@scripts/demo.sh

test: setup test-rust test-neon test-c test-install test-python test-scoreboard test-nginx test-envoy test-deploy conformance test-instructions ## Install what is missing and run every test
	@echo "make test: all passed"

check: setup-check ## What CI runs before the tests: formatting, lints, header drift, dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	scripts/header.sh --check
	$(CARGO) deny --log-level error check bans licenses sources
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(CARGO) package -p sidewatch --locked --allow-dirty --no-verify --quiet
	$(MAKE) --no-print-directory semver

semver: ## Fail if the Rust API breaks what the last release tag has promised
	@scripts/semver.sh

fmt: setup-check ## Format everything
	$(CARGO) fmt --all
	$(PYTHON) -m ruff format .

header: setup-check ## Generate include/sidewatch.h from ffi/src
	scripts/header.sh

build: setup ## Build the library, the modules for NGINX and Envoy, and the Python package
	scripts/build.sh

install: ## Install the C library, header, pkg-config and CMake files (PREFIX=/usr/local, LIBDIR=, INCLUDEDIR=, DESTDIR=)
	@PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" DESTDIR="$(DESTDIR)" scripts/install.sh

uninstall: ## Remove what install has installed
	@PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" DESTDIR="$(DESTDIR)" scripts/install.sh uninstall

setup: ## Install what building and testing need
	@scripts/setup.sh test

setup-check: setup
	@scripts/setup.sh check

test-rust:
	$(CARGO) test --workspace --locked --quiet
	$(CARGO) test --package sidewatch --features portable --lib --test detect_cases --locked --quiet

test-neon: setup ## Run the core's tests with the vectors of AArch64, by qemu (skipped where it cannot be had)
	@CARGO=$(CARGO) scripts/test-neon.sh

test-c: setup
	scripts/test-c.sh

test-install: setup
	scripts/test-install.sh

test-python: setup
	scripts/build.sh python
	$(PYTHON) -m pytest -q python/tests

test-scoreboard: setup ## Fail if detection on the labelled requests in CORPORA is worse than scoreboard/rates.json
	scripts/build.sh python
	scripts/scoreboard.sh check

scoreboard: setup ## Measure detection on the labelled requests in CORPORA: scoreboard/ and docs/detection.md
	scripts/build.sh python
	scripts/scoreboard.sh write

test-nginx: setup
	scripts/build.sh nginx nginx-faults
	$(PYTHON) -m pytest -q modules/nginx/tests

test-nginx-newer: setup ## The NGINX module's tests with a newer NGINX, built from the source on crates.io
	scripts/build.sh nginx nginx-faults
	scripts/nginx-newer.sh
	SIDEWATCH_NGINX=$(CURDIR)/target/nginx-newer/nginx SIDEWATCH_NGINX_MODULE=$(CURDIR)/target/nginx-newer/module/ngx_http_sidewatch_module.so \
		$(PYTHON) -m pytest -q modules/nginx/tests

soak: setup ## A million requests of every kind through NGINX; fails if a worker's memory grows (ARGS="--requests 100000")
	scripts/build.sh nginx
	$(PYTHON) modules/nginx/tests/soak.py $(ARGS)

bench-nginx: setup ## Requests a second through NGINX: module off, on, in line, and ModSecurity with the CRS (ARGS="--rounds 9")
	@scripts/setup.sh bench-nginx
	scripts/build.sh nginx
	$(PYTHON) modules/nginx/tests/throughput.py $(ARGS)

conformance: setup ## Play one set of cases through every door and print the matrix; fails on a difference docs/conformance.md does not have
	scripts/conformance.sh $(ARGS)
	$(PYTHON) -m pytest -q conformance

test-envoy: setup
	scripts/build.sh envoy envoy-panic
	$(PYTHON) -m pytest -q modules/envoy/tests

test-deploy: setup ## Run the shipped configurations: systemd, logrotate, HAProxy, Traefik, Terraform
	@scripts/setup.sh deploy
	scripts/build.sh nginx python
	$(PYTHON) -m pytest -q deploy/tests --ignore deploy/tests/test_debian.py

profile: ## Make a profile for the compiler, target/profile/sidewatch.profdata; what is built with it (SIDEWATCH_PROFILE=) is quicker
	@CARGO=$(CARGO) scripts/profile.sh

test-profile: setup ## Make a profile, build the library with it and see that it tells the same (skipped without llvm-profdata)
	@CARGO=$(CARGO) scripts/test-profile.sh

deb: setup ## Build the Debian packages into build/deb
	@scripts/setup.sh deb
	deploy/debian/build.sh

test-deb: deb ## Build the Debian packages, install them on a clean Debian that boots, use and purge them there (root)
	@scripts/setup.sh test-deb
	DEB=$(DEB) $(PYTHON) -m pytest -q deploy/tests/test_debian.py

bench: ## Measure every promise of docs/performance.md and say which are kept; with UPDATE_DOCS=1 write them there
	@$(CARGO) bench --quiet --locked -p sidewatch-bench --bench bar -- $(SECTIONS)

bench-rows: ## The same rows with criterion's statistics; ROW=name for some
	$(CARGO) bench --locked -p sidewatch-bench --bench rows -- $(ROW)

instructions: setup ## Count instructions; fails if a row costs over 5 % more than recorded; REASON='why' records them anew
	@$(CARGO) bench --quiet --locked -p sidewatch-bench --bench instructions

test-instructions: setup
	@$(CARGO) bench --quiet --locked -p sidewatch-bench --bench instructions

bench-peers: ## Time the same traffic in ModSecurity with the CRS, libddwaf, libinjection and here (ARGS="--seconds 30")
	scripts/bench-peers.sh $(ARGS)

bench-scan: setup ## Time `sidewatch scan` on a capture of 1.1 GB that is made for it; ARGS="--gigabytes 4"
	scripts/build.sh python
	$(PYTHON) benches/scan.py --json target/bench-scan.json $(ARGS) -- .venv/bin/sidewatch scan

clean: ## Remove everything that was built
	rm -rf target build .venv fuzz/target
