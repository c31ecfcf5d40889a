# Two commands do it all on a fresh Debian 12: `make run` and `make test`.
SHELL := /bin/bash
DIR ?= data
ARGS ?=

.PHONY: run test build setup lint check docs clean

## run: installs what is missing, builds, starts a server on 127.0.0.1:6379 (DIR=data ARGS="--maxmemory 1gb")
run: build
	@exec target/release/hadal --dir "$(DIR)" $(ARGS)

## build: the server, optimized
build: setup
	@$(CARGO_ENV) cargo build --release --bin hadal

## test: everything that is tested on every change
test: setup
	@$(CARGO_ENV) scripts/test

## lint: formatting, lints and documentation, warnings as errors
lint: setup
	@$(CARGO_ENV) scripts/lint

## docs: the generated pages, made again
docs: setup
	@$(CARGO_ENV) UPDATE_DOCS=1 cargo test -q -p hadal-server -- manual config::tests

## setup: packages, a Rust toolchain, and the engine's C++ (once, about 20 minutes on 2 cores)
setup:
	@scripts/setup

clean:
	cargo clean

CARGO_ENV = PATH="$$HOME/.cargo/bin:$$PATH"
