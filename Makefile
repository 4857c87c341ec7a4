# make demo first; docs/ has the rest. CMake's presets (release, debug, asan, tsan, clang) build under build/.
.PHONY: demo test soak bench bench-full format lint docs clean
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:

# The demo is about the embedded engine, whatever server the environment names.
embedded = env $$(env | sed -n 's/^\(TIDB_[A-Za-z0-9_]*\)=.*/-u \1/p')

demo:
	@scripts/setup
	cmake --preset release
	cmake --build --preset release --target player_quickstart vector_quickstart cities
	rm -rf build/demo
	mkdir -p build/demo
	cd build/demo
	for program in player_quickstart vector_quickstart cities; do
	  printf '\n== %s\n' $$program
	  $(embedded) ../release/bin/$$program
	done

# asan looks on at the reduced counts. TIDBXX_SOAK: the full counts, and tsan instead, at the reduced ones again.
# TiDB is built once, while the C++ is; a machine that cannot build it tests the embedded engine alone, but not in CI.
test:
	@scripts/setup test
	mkdir -p build
	scripts/tidb-server build >build/tidb-build.log 2>&1 &
	tidb=$$!
	cmake --preset release
	cmake --build --preset release
	tail -n +1 -f --pid=$$tidb build/tidb-build.log
	server="scripts/tidb-server run"
	if ! wait $$tidb; then
	  [ -z "$${CI:-}" ] || { echo "no TiDB to test on" >&2; exit 1; }
	  echo "no TiDB to test on: testing the embedded engine only"
	  server=
	fi
	$$server ctest -j 3 --test-dir build/release --output-on-failure --no-tests=error
	sanitizer=asan
	[ -z "$${TIDBXX_SOAK:-}" ] || sanitizer=tsan
	cmake --preset $$sanitizer
	cmake --build --preset $$sanitizer
	env -u TIDBXX_SOAK $$server ctest -j 3 --test-dir build/$$sanitizer --output-on-failure --no-tests=error -R '^(unit|suite|fault)_tests$$'

soak:
	@TIDBXX_SOAK=1 $(MAKE) --no-print-directory test

bench bench-full:
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release
	scripts/tidb-server run bench/run $(if $(filter bench-full,$@),--full)

format:
	@scripts/format

lint:
	@scripts/setup lint
	scripts/format --check
	scripts/check-layers
	cmake --preset clang
	cmake --build --preset clang
	run-clang-tidy-16 -quiet -p build/clang '^$(CURDIR)/src/'

docs:
	@scripts/setup lint
	mkdir -p build/docs
	doxygen docs/Doxyfile
	echo "build/docs/html/index.html"

clean:
	@scripts/tidb-server stop
	rm -rf build
