# Every command here installs what it needs and says what it is doing.

.DEFAULT_GOAL := help
.PHONY: help run demo test dev build bench chaos screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build for release, serve http://127.0.0.1:3000
	@.ci/install-build
	@.ci/build
	@exec .ci/serve

demo: ## Build, fill data/demo.db with people, posts and talk in both languages, and serve it
	@.ci/install-build
	@.ci/build
	@exec .ci/demo

test: ## Install what is missing, run every check and test on private servers
	@.ci/test

dev: ## Build for development, serve, and rebuild when a file changes
	@.ci/install-build
	@PATH="$${CARGO_HOME:-$$HOME/.cargo}/bin:$$PATH" cargo leptos watch

build: ## Build for release only
	@.ci/install-build
	@.ci/build

bench: ## Measure the release build; prints one table
	@.ci/install-build
	@.ci/bench

chaos: ## Break the release build in every way known (over two hours, one of them a soak); prints one table
	@.ci/chaos

screenshots: ## Make docs/*.png from the running program
	@.ci/install-build
	@.ci/install-tests
	@.ci/screenshots

clean: ## Remove what was built (not the data)
	@rm -rf target end2end/node_modules end2end/test-results
