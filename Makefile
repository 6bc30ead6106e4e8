# Thin on purpose: tools/setup.py prepares the checkout, `regua` does the work.
# Needs Python 3.11 or newer, make and git. PORT, PORTFOLIO, RULER and DAYS are options.

PYTHON ?= $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done),python3)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test up down status check format bench synth
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## install everything the other targets need into this directory
	@$(PYTHON) tools/setup.py

demo: setup ## live through weeks of a portfolio on the real stacks, in minutes
	@$(BIN)/regua demo

test: setup ## the whole test suite: unit, integration, infrastructure, end to end
	@$(BIN)/python -m pytest $(ARGS)

up: setup ## start the local cloud in the background
	@$(BIN)/regua up $(ARGS)

down: ## stop the local cloud and remove what it kept
	@if [ -x $(BIN)/regua ]; then $(BIN)/regua down; else echo "Nothing was running."; fi

status: setup ## what runs, and what is in the queues
	@$(BIN)/regua status

check: setup ## format, lint, types, import contracts, generated documents; offline
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.gen_docs --check

format: setup ## put the code in the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## all benchmarks, into bench/results/latest.json
	@$(BIN)/python -m bench

synth: setup ## the CloudFormation templates: AWS into cdk.out/, local beside it; no credentials
	@$(BIN)/python -m tools.build_layers --target aws
	@$(BIN)/regua synth $(ARGS)
