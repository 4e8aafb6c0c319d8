# What to type; `make` alone lists it. The scripts behind it are in setup/.
# Variables: CORES (jobs at once), PYTHON (a Python >= 3.11), PIP_ARGS (options of pip, for example
# an index with CPU-only torch), PIPELINE_PSI4_PYTHON (the Python of an installed Psi4),
# PIPELINE_XTB (an installed xtb), TRIALS and TRIALS_FOLDER (how many, and where they are kept).

SHELL := /bin/bash
CORES ?= 2
TRIALS ?= 20
TRIALS_FOLDER ?= results/slurm-trials
BIN := .venv/bin
# Snakemake's jobs call `python`: that of .venv, here as in an activated environment.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
UNLOCK := $(RUN) python -m pipeline_src.run.unlock

.PHONY: help setup psi4 xtb slurm demo unlock progress test test-slurm test-slurm-slow slurm-trials \
	benchmarks lint lock clean-env
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' \
		| expand -t 24

demo: setup psi4 ## the whole pipeline on a few molecules, to a report (CORES=2)
	@$(UNLOCK)
	$(RUN) snakemake --cores $(CORES) demo
	@find results/demo -name '*.html' -exec echo "The report: {}" \;

unlock: setup ## after kill -9 or a power cut: lets runs start again; refuses while one is at work
	@$(UNLOCK)

test: setup psi4 xtb ## all tests but the slow ones
	$(RUN) python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-slurm: setup psi4 slurm ## the workflow on a SLURM cluster of this machine alone, as root
	$(RUN) python tests/slurm/side_by_side.py

test-slurm-slow: setup psi4 slurm ## the same: groups, pre-emption, jobs that stop by themselves
	$(RUN) python tests/slurm/side_by_side.py --slow

slurm-trials: setup psi4 slurm ## random faults on such a cluster, resumable (TRIALS=20)
	$(RUN) python tests/slurm/slurm_trials.py --trials $(TRIALS) --folder $(TRIALS_FOLDER)

progress: ## how far a run is, to results/progress.html; EVERY=30: again every 30 s
	@$(RUN) python -m pipeline_src.reports.progress $(if $(EVERY),--every $(EVERY))

benchmarks: setup ## speed and memory against a plain baseline, to results/benchmark_ratios.csv
	$(RUN) python -m benchmarks

lint: setup ## style of Python, rules and workflow
	$(BIN)/ruff check pipeline_src benchmarks tests
	$(BIN)/snakefmt --check workflow
	$(RUN) snakemake --lint

setup: .venv/.stamp ## .venv from requirements.lock, only when that changed

.venv/.stamp: requirements.lock pyproject.toml setup/create_venv.sh
	@PYTHON="$(PYTHON)" PIP_ARGS="$(PIP_ARGS)" setup/create_venv.sh

psi4: setup ## find Psi4, or install it with conda or apt-get
	@setup/install_psi4.sh

xtb: setup ## find xtb, or install it with conda or apt-get
	@setup/install_xtb.sh

slurm: ## find SLURM's programs, or install them with apt-get; no service is started
	@setup/install_slurm.sh

lock: ## requirements.lock anew from requirements.in
	PYTHON="$(PYTHON)" setup/write_lock.sh

clean-env: ## remove .venv, .psi4-env and .xtb-env
	rm -rf .venv .psi4-env .xtb-env
