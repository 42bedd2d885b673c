# The front door. `make` lists the targets; `strata` and scripts/ do the work.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup bench compare gate baseline report plot profile test test-long clean

# Any of these may be given: make bench PROFILE=full ARGS='--allocators glibc,jemalloc'
PROFILE ?= quick
RUN ?= results/latest
ARGS ?=
BASE ?=
W ?=
# What makes sure that the machine has what is needed; SETUP=true skips it.
SETUP ?= scripts/setup.sh

STRATA := .build/release/strata
BUILD_STRATA = @scripts/build $(STRATA) -c release --product strata

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## install what is missing (as root), or print the line that would
	@$(SETUP)

bench: setup ## run the scenarios of Workloads/, with PROFILE=quick (default), default or full
	$(BUILD_STRATA)
	@$(STRATA) bench --profile $(PROFILE) $(ARGS)

compare: setup ## compare allocators, strategies and threads: who is faster, who keeps less, who ties
	$(BUILD_STRATA)
	@$(STRATA) compare --profile $(PROFILE) $(ARGS)

gate: setup ## compare this tree with results/baseline, or with BASE=<commit> built beside it and run in step
	$(BUILD_STRATA)
	@scripts/gate '$(BASE)' $(ARGS)

baseline: setup ## count this tree anew for results/baseline
	$(BUILD_STRATA)
	@scripts/baseline

report: setup ## write the page and charts of RUN=results/latest again, from its CSV alone
	$(BUILD_STRATA)
	@$(STRATA) report $(RUN)

plot: setup ## draw the charts of RUN=results/latest again, from its CSV alone
	$(BUILD_STRATA)
	@$(STRATA) plot $(RUN)

profile: setup ## look at W=<workload> with profilers: flame graph, allocations, the heap over time
	$(BUILD_STRATA)
	@$(STRATA) profile --cpu --allocations --heap $(W) $(ARGS)

test: setup ## the fast suite: arrows, lint, all tests
	@scripts/setup.sh --self-test
	@scripts/arrows --self-test
	@scripts/arrows
	@scripts/lint
	@scripts/run-tests $(ARGS)

test-long: setup ## sanitizers, and children that burn or leak and must be noticed
	@scripts/test-long $(ARGS)

clean: ## remove all that was built; results stay
	@rm -rf .build .build-*; git worktree prune 2>/dev/null || true
