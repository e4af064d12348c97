# Two commands: make demo, make test. Each does its own set-up, and is quick the second time.
# All paths are relative, so that the checkout may stand in a folder with a space in its name.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup java java-heavy heavy demo test test-slow test-heavy lint bench requirements wheel clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
RUN := .venv/bin/python -W ignore::DeprecationWarning -m
PYTEST_ARGS ?= -n 2 --dist loadfile
JAVA_SOURCES := $(shell find java-harness \( -name '*.java' -o -name pom.xml \) -not -path '*/target/*' 2>/dev/null)
PACKAGES := .venv/.packages
HEAVY := .venv/.heavy
JARS := java-harness/target/.built

help:
	@echo 'make demo    real models on real data in three JVM runtimes (1 to 2 minutes, set-up aside)'
	@echo 'make test    the quick tests, Java ones included;  make test-slow: real models and the demo'
	@echo 'make test-heavy  what needs TensorFlow, PyTorch or Spark: 1.6 GB to download, 4 GB on disk'
	@echo 'make lint    ruff and mypy'
	@echo 'make bench   benchmarks against peers and against the physical limit'
	@echo 'make setup   the virtual environment .venv alone;   make java: the Java side alone'
	@echo 'make wheel   dist/*.whl with our own jars in it;    make clean: remove what was built'

setup: $(PACKAGES)
	@:

$(PACKAGES): requirements/test.txt pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is missing: install it from your system (apt-get install python3 python3-venv, brew install python) or say make PYTHON=/path/to/python3.'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'The Python module venv is missing: install it from your system (apt-get install python3-venv).'; exit 1; }
	@test -x .venv/bin/python || { echo 'making .venv'; $(PYTHON) -m venv .venv; }
	@echo 'installing the pinned packages into .venv (a minute or two the first time)'
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/test.txt
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(PACKAGES)

java: $(JARS)
	@:

# With Spark and the native code of TensorFlow and PyTorch, hundreds of megabytes: only who scores their models needs it.
java-heavy: $(JARS)
	@echo "mojo-pipeline's engine comes under H2O.ai's evaluation agreement (mojo2-runtime-impl, META-INF/LICENSE), all else under open licences"
	@mvn -B -ntp -q -f java-harness/pom.xml -Pheavy package -DskipTests

$(JARS): $(JAVA_SOURCES)
	@jdk="$${JAVA_HOME:-}"; javac="$${jdk:+$$jdk/bin/}javac"; \
	  version="$$("$$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' || true)"; \
	  test "$${version:-0}" -ge 17 || { echo "A JDK 17 or newer is missing ($${jdk:+JAVA_HOME is $$jdk; }javac says: $${version:-not found}): install it (apt-get install openjdk-17-jdk-headless, brew install openjdk@17) or point JAVA_HOME at one."; exit 1; }
	@command -v mvn >/dev/null || { echo 'Maven is missing: install it (apt-get install maven, brew install maven).'; exit 1; }
	@echo 'building and testing the Java side'
	@mvn -B -ntp -q -f java-harness/pom.xml package
	@mkdir -p java-harness/target && touch $(JARS)

demo: $(PACKAGES) $(JARS)
	@$(RUN) parity.cli demo --folder demo-work

test: $(PACKAGES) $(JARS)
	@$(RUN) pytest -m "not slow" $(PYTEST_ARGS)

test-slow: $(PACKAGES) $(JARS)
	@$(RUN) pytest -m slow $(PYTEST_ARGS)

# PyTorch comes without CUDA, which scripts/torch_without_cuda.py makes up for; PARITY_TEST_HEAVY forbids to skip what is marked heavy.
test-heavy: heavy
	@PARITY_TEST_HEAVY=1 $(RUN) pytest -m heavy

heavy: $(PACKAGES) $(HEAVY) java-heavy
	@:

$(HEAVY): requirements/nightly.txt scripts/torch_without_cuda.py $(PACKAGES)
	@echo 'installing TensorFlow, Keras, PyTorch and PySpark into .venv (1.6 GB)'
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/nightly.txt
	@.venv/bin/python scripts/torch_without_cuda.py
	@touch $(HEAVY)

lint: $(PACKAGES)
	@$(RUN) ruff check .
	@$(RUN) mypy

bench: $(PACKAGES) $(JARS)
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/bench.txt
	@$(RUN) benchmarks

# New pins, with hashes and without the address of an index.
requirements:
	@for name in test bench nightly; do (cd requirements && uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --excludes not-installed.txt $$name.in -o $$name.txt); done

wheel: $(PACKAGES) $(JARS)
	@$(RUN) build --wheel --no-isolation

clean:
	rm -rf .venv .parity demo-work dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage parity/jvm/lib
	rm -rf java-harness/target java-harness/*/target
