# mod_graphprofile: see README.md. `make help` lists the targets.
#
# All paths are relative, so that the checkout can be in any folder.

APXS       ?= apxs
PKG_CONFIG ?= pkg-config
PYTHON     := /usr/bin/python3
BUILD      := build
PORT       ?= 8080
TLS_PORT   ?= 8443
MPM        ?= event

# Compile on all cores. `make clean all` keeps its order. A make that another one started shares that one's jobs.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

# Debian's packages, by purpose.
PACKAGES_BUILD := gcc libc6-dev pkg-config apache2-dev libapr1-dev libaprutil1-dev libyajl-dev libpq-dev \
                  libpcre2-dev
PACKAGES_RUN   := $(PACKAGES_BUILD) apache2-bin libaprutil1-dbd-pgsql postgresql openssl curl \
                  libapache2-mod-auth-openidc python3 python3-cryptography python3-jwt
PACKAGES_DEB   := $(PACKAGES_BUILD) build-essential check debhelper dpkg-dev
PACKAGES_BENCH := $(PACKAGES_RUN) libapache2-mod-oauth2 valgrind wrk
PACKAGES_CHECK  = $(PACKAGES_RUN) $(PACKAGES_DEB) chromium clang clang-format-19 clang-tidy-19 codespell cppcheck git \
                  haproxy iproute2 jq man-db procps libapache2-mod-oauth2 libapache2-mod-qos libaprutil1-dbd-sqlite3 \
                  libclang-rt-dev lintian mmdebstrap nghttp2-client nginx-light pgbouncer prometheus \
                  python3-fastjsonschema python3-h2 python3-httpx python3-psycopg2 python3-pyflakes \
                  python3-pytest python3-pytest-timeout python3-requests shellcheck uidmap \
                  $(if $(shell command -v npm 2>&1),,nodejs npm)
CLIENTS        := $(patsubst %/package.json,%,$(wildcard tests/clients/*/package.json))

MODULE  := $(BUILD)/mod_graphprofile.so
SOURCES := mod_graphprofile.c $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
ARCHIVE := $(BUILD)/graphprofile.a
PROGRAM := $(BUILD)/graphprofile
TOOLS_C := $(wildcard tools/*.c)
TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c)) \
           $(patsubst tests/fuzz/%.c,$(BUILD)/unit/test_%,$(wildcard tests/fuzz/fuzz_*.c))

# The flags of httpd's own build. Make asks for them once, and only when it compiles. Their headers are system
# headers, so the compiler does not warn about them.
once         = $(eval $1 := $2)$($1)
apxs         = $(foreach name,$1,$(shell $(APXS) -q $(name)))
system       = $(filter-out -isystem/usr/include,$(patsubst -I%,-isystem%,$1))
APR_FLAGS    = $(call once,APR_FLAGS,$(call apxs,CFLAGS EXTRA_CPPFLAGS EXTRA_CFLAGS) \
                 $(call system,$(shell $$($(APXS) -q APR_CONFIG) --includes; \
                                       $(PKG_CONFIG) --cflags yajl)))
PQ_FLAGS     = $(call once,PQ_FLAGS,$(call system,$(shell $$($(APXS) -q APU_CONFIG) --includes; \
                                                          $(PKG_CONFIG) --cflags libpq)))
HTTPD_FLAGS  = $(call once,HTTPD_FLAGS,-isystem$(call apxs,INCLUDEDIR))
LIBS         = $(call once,LIBS,$(shell $(PKG_CONFIG) --libs libpq yajl libpcre2-8) -lm)
APR_LIBS     = $(call once,APR_LIBS,$(shell $$($(APXS) -q APU_CONFIG) --link-ld; $$($(APXS) -q APR_CONFIG) --link-ld))
CHECK_LIBS   = $(call once,CHECK_LIBS,$(shell $(PKG_CONFIG) --cflags --libs check))
WARNINGS    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
EXTRA       :=
COMPILER     = $(CC) -std=gnu11 -fPIC -fvisibility=hidden -MMD -MP -Isrc $(APR_FLAGS) \
               $(WARNINGS) $(EXTRA) $(CPPFLAGS) $(CFLAGS)
COMPILE      = $(COMPILER) $(PQ_FLAGS) $(HTTPD_FLAGS)

# The headers that a folder of src/ may include (dev/check_layers.py has the order of the folders): those of httpd
# only in http, those of libpq and apr_dbd in http, operations and store. apr_dbd.h is in the same folder as APR's own
# headers; defining its include guard empties it.
layered      = $(COMPILER) $(if $(filter $(PURE),$1),-DAPR_DBD_H,$(PQ_FLAGS) $(if $(filter tools/%,$1),-DAPR_DBD_H,$(if $(filter $(HTTPLESS),$1),,$(HTTPD_FLAGS))))
PURE        := src/odata/% src/document/% src/base/%
HTTPLESS    := src/operations/% src/store/%

# The folders of `make install`. The configuration goes to mods-available on Debian, otherwise to the first folder
# that httpd.conf usually includes.
PREFIX     ?= /usr/local
LIBEXECDIR  = $(call apxs,LIBEXECDIR)
SYSCONFDIR  = $(call apxs,SYSCONFDIR)
CONFDIR     = $(abspath $(firstword $(wildcard $(addprefix $(SYSCONFDIR)/,mods-available \
                ../conf.modules.d conf.d extra)) $(SYSCONFDIR)))
DATADIR     = $(PREFIX)/share/graphprofile
DOCDIR      = $(PREFIX)/share/doc/graphprofile
BINDIR      = $(PREFIX)/bin
MANDIR      = $(PREFIX)/share/man
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions

# debian/changelog is the only source of the version.
VERSION     = $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)

.PHONY: all deps deps-build deps-check deps-deb packages clients install uninstall start stop run token demo check unit fuzz http
.PHONY: cluster soak mutants mpms packaging book asan tsan valgrind bench bench-scale bench-bulk bench-docs instructions lint dist deb clean help
.DELETE_ON_ERROR:

## build mod_graphprofile.so and the program graphprofile (the default)
all: $(MODULE) $(PROGRAM)

## install the missing Debian packages that `make` needs
deps-build:
	@dev/deps $(PACKAGES_BUILD)

## the same for `make demo`
deps:
	@dev/deps $(PACKAGES_RUN)

## the same for `make check`, and the npm packages that it needs
deps-check: packages
	@$(MAKE) --no-print-directory clients # not before npm is installed

## only the Debian packages of deps-check
packages:
	@dev/deps $(PACKAGES_CHECK)

## only the npm packages of deps-check: Microsoft's own client, client generators, UI5
clients: $(CLIENTS:=/node_modules/.package-lock.json)

## the same for `make deb`
deps-deb:
	@dev/deps $(PACKAGES_DEB)

folders = $(foreach name,DESTDIR BUILD LIBEXECDIR CONFDIR DATADIR DOCDIR BINDIR MANDIR COMPLETIONDIR,$(name)='$($(name))')

## install for the httpd that apxs belongs to (DESTDIR= PREFIX=/usr/local CONFDIR= APXS=)
install: all
	@$(folders) dev/install install

## remove the installed files, except those you have changed
uninstall: TOOLS
	@$(folders) dev/install uninstall

## build, start, POST the specification's example, show the row, stop
demo: deps
	@$(MAKE) --no-print-directory all
	@$(PYTHON) dev/server.py demo

## start a private PostgreSQL and httpd in the background (PORT=8080 TLS_PORT=8443)
start: all
	@$(PYTHON) dev/server.py start --port $(PORT) --tls-port $(TLS_PORT)

## stop them; the stored data stays
stop:
	@$(PYTHON) dev/server.py stop

## the same as start, in the foreground until Ctrl-C
run: all
	@$(PYTHON) dev/server.py run --port $(PORT) --tls-port $(TLS_PORT)

# Every environment has a USER; use it only from make's command line.
ifneq ($(origin USER),command line)
USER := alice
endif
NAME   := $(USER)
SCOPES := User.ReadWrite
ROLES  :=
TTL    := 3600

argument = --$(shell echo $1 | tr A-Z a-z)='$(subst ','\'',$($1))'

## print a bearer token: USER=alice SCOPES="User.ReadWrite" ROLES="" NAME="Alice" TTL=3600
token:
	@$(PYTHON) dev/server.py token $(foreach option,USER NAME SCOPES ROLES TTL,$(call argument,$(option)))

# The parts of `make check`: those before the first slash run in order, then the lanes after each slash run side by
# side. Each part is also a target. `tested` builds the files that parts of both lanes need.
PARTS := packages clients tested unit / http mpms / lint packaging book asan

## every check, part by part; ends with the result and the time of each part (PARTS="unit http")
check:
	@dev/check '$(MAKE)' $(PARTS)

# Unit tests of threads and waits. A busy machine may spoil one, so each has three attempts.
WAITING := answer_memory engine gate outage scratch share

## unit tests of the core, and the corpus of the fuzzer (T=name for one file)
unit: $(TESTS)
	@export CK_DEFAULT_TIMEOUT=60; failed=0; for test in $(if $(T),$(BUILD)/unit/test_$(T),$(TESTS)); do \
	    $$test || case ' $(WAITING) ' in \
	        *" $${test##*/test_} "*) echo "$$test runs again" && { $$test || $$test; } ;; \
	        *) false ;; esac || failed=1; done; exit $$failed

## fuzz the parsers of client input with clang's libFuzzer (T=batch, body, header, multipart, path, query or text; S=seconds)
fuzz:
	@for target in $(or $(T),$(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))); do \
	    $(MAKE) --no-print-directory $(FUZZED) build/fuzz/fuzz_$$target && \
	    mkdir -p build/fuzz/corpus/$$target && dictionary=tests/fuzz/$$target.dict && \
	    build/fuzz/fuzz_$$target -max_total_time=$(or $(S),60) -max_len=8190 -timeout=5 \
	        $$([ ! -e $$dictionary ] || echo -dict=$$dictionary) -artifact_prefix=build/fuzz/ \
	        -print_final_stats=1 build/fuzz/corpus/$$target tests/fuzz/corpus/$$target || exit 1; done

FUZZED = CC=clang BUILD=build/fuzz EXTRA='-Werror -g -fsanitize=fuzzer,address,undefined \
         -fno-sanitize-recover=undefined -fno-omit-frame-pointer'

tested: all $(BUILD)/bench/statements $(BUILD)/bench/mod_bench.so $(BUILD)/tests/fail_nth.so $(BUILD)/tests/mod_mislead.so

## HTTP tests with a real httpd and PostgreSQL (T=name for those that match, MPM=event|worker|prefork, HTTP2=1)
http: tested
	@$(PYTHON) -m pytest -q --tb=short --timeout 600 tests/http --module $(MODULE) --mpm $(MPM) $(if $(HTTP2),--http2) \
	    $(if $(T),-k '$(T)')

## tests of install, dist and deb, the package in a fresh Debian among them (T=name)
packaging: all
	@$(PYTHON) -m pytest -q --tb=short tests/packaging --ignore tests/packaging/test_book.py --ignore tests/packaging/test_container.py $(if $(T),-k '$(T)')

## run the commands of the administrator's pages and the Containerfile in a fresh Debian 12 and 13 (T=bookworm, trixie, container)
book:
	@$(if $(T),$(call BOOK,$(T)),$(MAKE) --no-print-directory -Otarget book-bookworm book-trixie)
book-bookworm book-trixie:
	@$(call BOOK,$(@:book-%=%))

BOOK = $(PYTHON) -m pytest -q --tb=short tests/packaging/test_book.py tests/packaging/test_container.py -k '$1'

# With POOL_DEBUG, each allocation from a pool is a separate malloc, which AddressSanitizer checks.
## unit and HTTP tests built for AddressSanitizer, UBSan and gcov (UPDATE=1 raises tests/coverage.txt, POOL_DEBUG=1)
asan: export GP_APR = $(if $(POOL_DEBUG),$(abspath $(BUILD)/apr))
asan:
	@$(if $(POOL_DEBUG),dev/apr-pool-debug $(BUILD)/apr)
	@rm -f build/asan/*.gcda build/asan/src/*/*.gcda build/asan/tools/*.gcda
	@$(MAKE) --no-print-directory unit T= $(SANITIZED)
	@$(MAKE) --no-print-directory http $(SANITIZED) $(if $(POOL_DEBUG),T='$(or $(T),($(OPERATIONS)) and not test_child_memory)')
	@$(if $(T)$(POOL_DEBUG),,$(PYTHON) tests/coverage.py build/asan $(if $(UPDATE),--update))

## the tests of code that threads share, built for ThreadSanitizer: unit tests, and HTTP tests (T=name)
tsan:
	@$(MAKE) --no-print-directory $(addprefix build/tsan/unit/test_,$(THREADED)) $(RACED)
	@for test in $(THREADED); do build/tsan/unit/test_$$test || exit 1; done
	@$(MAKE) --no-print-directory http $(RACED) T='$(or $(T),$(SHARED))'

THREADED = gate engine share outage
RACED  = BUILD=build/tsan EXTRA='-Werror -fsanitize=thread'
SHARED = test_import or test_outage or test_pipeline or test_turns or test_shares or test_faults or test_status or test_update or test_restart or test_http2 or test_hosts

## HTTP tests of every operation with httpd under valgrind (T=name)
valgrind:
	@dev/deps $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BUILD)/tests/fail_nth.so $(BUILD)/tests/mod_mislead.so $(BUILD)/tests/pools.so
	@$(PYTHON) -m pytest -q --tb=short tests/http --module $(MODULE) --valgrind -k '$(or $(T),$(OPERATIONS))'

OPERATIONS = test_readme or test_create or test_resource or test_conditional or test_body or test_errors \
             or test_docs or test_paging or test_broken_in

## readers and writers during faults, with a checked history (S=seconds, default 600); memory of 200,000 requests
soak: all
	@$(PYTHON) -m pytest -q --tb=short -rP tests/http --module $(MODULE) --mpm $(MPM) --soak $(or $(S),600) \
	    -k of_many

# The shared server uses a Citus cluster here, if there is one.
## tests of several nodes, poolers, a standby, and Citus if PG_CONFIG belongs to a PostgreSQL with Citus (T=name)
cluster: tested
	@$(PYTHON) -m pytest -q --tb=short -rs --timeout 600 $(wildcard $(CLUSTERED:%=tests/http/test_%.py)) --module $(MODULE) \
	    --cluster $(if $(T),-k '$(T)')

CLUSTERED := citus nodes scaling create update conditional

## break a copy of the sources in one way after the other: a test must fail for each (T=words)
mutants:
	@$(PYTHON) tests/mutants.py $(if $(T),'$(T)')

## some of the HTTP tests under the other MPMs
mpms:
	@for mpm in worker prefork; do \
	    $(MAKE) --no-print-directory http MPM=$$mpm T='test_readme or test_neighbours or test_hosts or mid_insert or crashed or numbers_move or numbers_outlive or batch_of_each_form' \
	    || exit 1; done

# object-size is off: APR declares that apr_pstrmemdup returns the text without its terminator, so the check of gcc 14
# rejects each read of the terminator. AddressSanitizer knows the real size.
SANITIZED = BUILD=build/asan EXTRA='-Werror -fsanitize=address,undefined -fno-sanitize=object-size \
            -fno-sanitize-recover=undefined -fno-omit-frame-pointer --coverage -fprofile-update=atomic'

BENCH = all $(BUILD)/bench/mod_bench.so $(BUILD)/bench/statements

## load test, compared with the cost of httpd and PostgreSQL alone (ROUNDS=3 SECONDS=2 PEERS=folder; docs/performance.md)
bench:
	@dev/deps $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory $(BENCH)
	@$(PYTHON) -m bench.bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	    $(if $(LEVELS),--levels $(LEVELS)) $(if $(WAYS),--ways $(WAYS))
	@if [ -n '$(PEERS)' ]; then $(PYTHON) '$(PEERS)/vs.py' --project . --connections 1,8,64,256 \
	    --rounds $(or $(ROUNDS),3) --seconds $(or $(SECONDS),2); fi

## the cost of a request as the table and its lists grow (ROWS=1000,10000,100000,1000000)
bench-scale:
	@dev/deps $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory $(BENCH)
	@$(PYTHON) -m bench.scale $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	    $(if $(ROWS),--rows $(ROWS))

## graphprofile import and export, compared with \copy of the same rows, with fsync on (ROWS=100000,1000000)
bench-bulk: all
	@$(PYTHON) -m bench.bulk $(if $(ROWS),--rows $(ROWS))

## write the tables and charts of the last `make bench` and `make bench-scale` into docs/
bench-docs:
	@$(PYTHON) -m bench.docs

## the cost of the core's operations in instructions (UPDATE=1 writes bench/instructions.txt)
instructions:
	@dev/deps $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory $(BUILD)/bench/core
	@$(PYTHON) -m bench.instructions $(if $(UPDATE),--update)

## warnings as errors with gcc and clang, formatting, static analysis
lint:
	+@dev/lint

## the sources of the last commit as build/graphprofile-VERSION.tar.gz
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=graphprofile-$(VERSION)/ -o $(BUILD)/graphprofile-$(VERSION).tar.gz HEAD

## the Debian package, as build/libapache2-mod-graphprofile_VERSION_ARCH.deb
deb: deps-deb
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/graphprofile-$(VERSION)
	@tar -c --exclude-vcs --exclude=./build --exclude=./run --exclude=node_modules . \
	    | tar -x -C $(BUILD)/deb/graphprofile-$(VERSION)
	cd $(BUILD)/deb/graphprofile-$(VERSION) && MAKEFLAGS= dpkg-buildpackage -b -us -uc -jauto
	cp $(BUILD)/deb/libapache2-mod-graphprofile_$(VERSION)_*.deb $(BUILD)/

## remove all built files and all stored data
clean:
	@if [ -d run ]; then $(PYTHON) dev/server.py clean; fi
	rm -rf build $(wildcard $(foreach folder,. src/*,$(addprefix $(folder)/,.libs *.o *.lo *.slo *.la)))

## list the targets
help:
	@awk '/^## /{text = substr($$0, 4); next} /^[a-z-]+:/{if (text) {split($$0, name, ":"); \
	    printf "  make %-12s %s\n", name[1], text}} {text = ""}' $(firstword $(MAKEFILE_LIST))

# ---- building (V=1 shows the commands) ----

comma := ,
run    = $(if $(V),,@printf '%-8s%s\n' $1 $@;) $2

$(MODULE): $(OBJECTS)
	$(call run,link,$(CC) -shared $(call apxs,LDFLAGS_SHLIB) -Wl$(comma)--as-needed $(EXTRA) \
	    $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call run,compile,$(call layered,$<) -c -o $@ $<)

$(ARCHIVE): $(filter $(BUILD)/src/%,$(OBJECTS))
	$(call run,archive,rm -f $@ && $(AR) rcs $@ $^)

# The program: the folders of src/ that do not depend on httpd, and libpq.
$(PROGRAM): $(TOOLS_C:%.c=$(BUILD)/%.o) $(ARCHIVE)
	$(call run,link,$(CC) $(EXTRA) $(CFLAGS) $(LDFLAGS) -Wl$(comma)--as-needed -pthread -o $@ $(filter %.o %.a,$^) $(LIBS) $(APR_LIBS))

# Compile again when flags change. Report missing tools before asking for flags or compiling.
$(BUILD)/flags: TOOLS
	@mkdir -p $(@D); echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' > $@
TOOLS:
	@dev/tools $(APXS) $(PKG_CONFIG)

# npm must not run the install scripts of packages.
tests/clients/%/node_modules/.package-lock.json: tests/clients/%/package.json tests/clients/%/package-lock.json
	$(call run,npm,cd tests/clients/$* && npm ci --ignore-scripts --no-audit --no-fund >/dev/null)

$(BUILD)/unit/%: tests/unit/%.c tests/unit/unit.h $(ARCHIVE)
	@mkdir -p $(@D)
	$(call run,compile,$(COMPILE) -MF $@.d -o $@ $(filter %.c %.o %.a,$^) $(LIBS) $(APR_LIBS) $(CHECK_LIBS))

$(BUILD)/unit/test_fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h tests/fuzz/replay.c $(ARCHIVE)
	@mkdir -p $(@D)
	$(call run,compile,$(COMPILE) -DCORPUS='"tests/fuzz/corpus/$*"' -MF $@.d -o $@ \
	    $(filter %.c %.o %.a,$^) $(LIBS) $(APR_LIBS) $(CHECK_LIBS))

# Built without sanitizers, because it is loaded before them.
$(BUILD)/tests/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(call run,compile,$(CC) -std=gnu11 -fPIC -shared -Wall -Wextra -Werror $(APR_FLAGS) $(PQ_FLAGS) $(HTTPD_FLAGS) -o $@ $<)

$(BUILD)/bench/mod_bench.so: bench/mod_bench.c $(BUILD)/src/store/statements.o
	@mkdir -p $(@D)
	$(call run,compile,$(COMPILE) -MF $@.d -shared -o $@ $(filter %.c %.o %.a,$^))

$(BUILD)/bench/%: bench/%.c $(ARCHIVE)
	@mkdir -p $(@D)
	$(call run,compile,$(COMPILE) -MF $@.d -o $@ $(filter %.c %.o %.a,$^) $(LIBS) $(APR_LIBS))

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(ARCHIVE)
	$(call run,compile,$(COMPILE) -MF $@.d -o $@ $(filter %.c %.o %.a,$^) $(LIBS) $(APR_LIBS) $(CHECK_LIBS))

-include $(OBJECTS:.o=.d) $(TOOLS_C:%.c=$(BUILD)/%.d) $(addsuffix .d,$(TESTS))
