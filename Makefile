# `make` lists what there is. Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help train test test-all lint sample clean
help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

train: .venv/ready  ## set up, then train on the embedded sample: minutes on a CPU
	$(BIN)/python train.py experiment=quickstart

test: .venv/ready-dev  ## set up, then the fast tests
	$(BIN)/python -m pytest -q

test-all: .venv/ready-dev  ## the slow tests too
	$(BIN)/python -m pytest -q -m ""

lint: .venv/ready-dev  ## style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

sample: .venv/ready  ## draw data/sample again, into data/sample_again
	$(BIN)/python -m emo.draw folder=data/sample_again

clean:  ## remove what is made again by itself; never data or checkpoints
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache
