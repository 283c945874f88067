# Tenon. `make help` lists the targets. Whatever a target needs beyond Go, a C compiler and Python 3, it installs.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
export CGO_ENABLED = 1
# DuckDB's bindings have the names of the whole library exported, 7 MB that are read at each start. Nothing asks for them.
ifeq ($(shell uname -s),Linux)
LINK := -extldflags=-Wl,--no-export-dynamic
endif

.DEFAULT_GOAL := help
.PHONY: help build setup test race soak bench fuzz demo demo-quota lint generate expectations check-generated clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/tenon
	@mkdir -p bin
	$(GO) build -ldflags "-s -w -X main.version=$(VERSION) $(LINK)" -o bin/tenon ./cmd/tenon

setup: ## Install what the tests need: a Python environment in .venv, PostgreSQL and MariaDB
	@$(GO) run ./internal/setup

test: setup build ## Run every test but the long ones
	TENON_TEST_POSTGRES=required TENON_TEST_MYSQL=required $(GO) test -timeout 8m ./...
	.venv/bin/python -m unittest discover -q -s python/tests -t python

race: ## Run the tests of the concurrent packages under the race detector
	$(GO) test -race -short -timeout 15m ./internal/controller/... ./internal/core/... ./internal/driver/metrics/... ./internal/driver/store/... ./internal/driver/executor/... ./internal/edge/... ./internal/glue/... ./internal/plan/... ./internal/rules/... ./internal/sigv4/... ./internal/wire/...

soak: setup build ## Run the long tests: hundreds of kills, thousands of histories, a million operations
	@$(GO) run ./internal/setup pyspark
	TENON_SOAK=1 TENON_TEST_POSTGRES=required TENON_TEST_MYSQL=required $(GO) test -timeout 90m ./...

bench: build ## Measure; docs/benchmarks.md says what the figures mean
	bin/tenon bench

fuzz: ## Compare N random programs (10,000 unless said) with the real PySpark, from seed SEED (needs Java)
	@$(GO) run ./internal/setup pyspark
	FUZZ_N=$(or $(N),10000) FUZZ_SEED=$(or $(SEED),1) $(GO) test -timeout 0 -v -run '^TestFuzz$$' ./internal/driver/engine

demo: build ## Run the two-job pipeline on 163,065 rows: without and with bookmarks, by its triggers
	@bin/tenon demo

demo-quota: build ## Run 120 instances of one job against 50 run slots, 100 DPUs and one /26
	@bin/tenon demo quota

lint: ## gofmt, vet, and the rules of the house
	@test -z "$$(gofmt -l cmd internal python)" || { gofmt -l cmd internal python; echo "gofmt: the files above need formatting"; exit 1; }
	$(GO) vet ./...
	$(GO) test ./internal/archtest

generate: ## Rewrite every generated file, and the lists in docs
	$(GO) generate ./...
	$(GO) test -p 1 ./cmd/tenon ./internal/core/spark ./internal/driver/engine/format ./internal/driver/metrics ./internal/worker ./python -run '^Test(Reference|ReferenceJSON|Compatibility)$$' -update

check-generated: generate ## Fail when a generated file is not current
	@git diff --exit-code --stat -- internal python docs || { echo "generated files are not current: run make generate and commit"; exit 1; }

expectations: ## Record anew what the real PySpark answers to the cases of the tests (needs Java; minutes)
	@$(GO) run ./internal/setup pyspark
	.venv-pyspark/bin/python python/tests/expect/record.py
	.venv-pyspark/bin/python python/tests/record.py
	.venv-pyspark/bin/python internal/driver/engine/testdata/expect.py
	.venv-pyspark/bin/python internal/core/javaregexp/testdata/record.py
	cd internal/driver/engine/format/testdata && for c in read write lines; do $(CURDIR)/.venv-pyspark/bin/python oracle.py $$c.json $$c.spark35.json; done
	$(GO) test ./internal/driver/engine/jdbc -record

clean: ## Remove what the targets above made
	rm -rf bin build .tenon .venv .venv-pyspark
