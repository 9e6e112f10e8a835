# Gatepost. `make run` needs Go and nothing else; `make test` installs what the tests need
# where it can, and says what to type where it can't.
GO    ?= go
TOOL   = $(GO) tool -modfile=.ci/tools.mod
# The race detector, but not in SQLite's C code, the C library below it and the YAML parser:
# it makes them several times slower, and they share nothing between goroutines. (A package
# that shares something must be left to it, or its locks go unseen.) tests/testapp builds the
# server with the same flags.
RACE    = $(shell cat .ci/race)
# Packages tested at the same time: each may run a server, a browser or a database of its own. One more
# than two cores, since each waits for something part of the time.
AT_ONCE ?= 3

# What make check tests: the packages that need no more than Go, and of the tests of the whole
# those that are fast. -short leaves out PostgreSQL and the race detector.
CHECKED = . ./assets/... ./db/... ./handlers/... ./static/... ./views/... \
	./tests/arrows ./tests/contract ./tests/dialect ./tests/rfc

.PHONY: help run build generate check test bench fmt lint release clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and serve on http://localhost:8080, with the database in ./data
	$(GO) run .

build: ## build bin/gatepost
	$(GO) build -trimpath -o bin/gatepost .

generate: ## write the *_templ.go files anew from the *.templ files
	$(TOOL) templ generate

check: lint ## lint, unit tests and the fast contracts on SQLite: about 2 minutes, needs Go and git alone
	$(GO) test -short ./handlers/secret # with hashes of the real cost, as in make test
	$(GO) test -short -tags=cheaphash -vet=off $(CHECKED)

test: ## install what the tests need, then run all tests with the race detector
	.ci/install
	$(GO) test -race -count=1 ./handlers/secret # with hashes of the real cost, where the rest has cheap ones
	GORACE=atexit_sleep_ms=20 $(GO) test $(RACE) -vet=off -count=1 -timeout=40m -p=$(AT_ONCE) ./...

bench: ## start the built server on a fresh database and measure it
	$(GO) run ./tests/load

fmt: ## format the Go and templ files
	gofmt -w main.go handlers views static db assets tests
	$(TOOL) templ fmt views

lint: ## formatting, go vet, staticcheck, generated code, go.mod
	.ci/lint

release: ## build static binaries, SBOMs and checksums of this commit into dist/
	.ci/release

clean: ## remove what was built
	rm -rf bin dist gatepost
