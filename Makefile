# Gongji. Everything is built under build/; Meson and Ninja do the work.
PYTHON       ?= /usr/bin/python3
PREFIX       ?= /usr/local
FUZZ_SECONDS ?= 60
SETUP        ?= yes
export PYTHON FUZZ_SECONDS

.DEFAULT_GOAL := build
.PHONY: help setup web build demo test soak bench fuzz requirements check format coverage install clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@echo "PYTHON=$(PYTHON) PREFIX=$(PREFIX) FUZZ_SECONDS=$(FUZZ_SECONDS) SETUP=$(SETUP) (no: install no package)"

setup: ## install what the machine lacks (Debian packages)
	@test "$(SETUP)" = no || tools/setup.sh

web: setup ## the workbench, web/dist, which the command carries
	@tools/web.sh

build: web ## the command, build/release/src/gongji
	@tools/build.sh release

demo: build ## settle a few bills and explain them
	@tools/demo.sh

test: web ## everything: three builds, all checks, all tests
	@tools/test.sh

soak: build ## the tests of trust for long: the plug pulled 220 times, 10,000 bills on both databases
	@tools/soak.sh

bench: build ## speed, one line for each benchmark
	@tools/bench.sh

fuzz: setup ## let each fuzz target search for FUZZ_SECONDS
	@tools/build.sh fuzz
	@tools/fuzz.sh

requirements: ## which requirement is shown by which test
	@$(PYTHON) tools/requirements.py

check: build ## format, lint, layers, globals, lengths
	@tools/build.sh clang
	@tools/check.sh

format: setup ## bring the C and C++ files into the one format
	@find src include test bench fuzz -name '*.[ch]' ! -name '*.tbl.h' -o -name '*.cpp' 2>/dev/null | xargs clang-format -i

coverage: setup ## lines of src reached by the tests; fails on a branch of the engine that is not
	@tools/build.sh coverage
	@tools/coverage.sh

install: build ## to PREFIX, below DESTDIR if given
	@meson configure build/release -Dprefix=$(PREFIX)
	@meson install -C build/release

clean: ## forget all builds
	rm -rf build web/dist web/node_modules
