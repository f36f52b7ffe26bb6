# SPDX-License-Identifier: GPL-3.0-or-later
#
# The only Makefile. GNU make.
#
#   make            build/check_asyncos, build/postcheck, build/postcheck-agentx
#   make demo       installs what is missing, builds, asks a simulated fleet after an upgrade
#   make test       installs what is missing, builds, tests, tests again under sanitizers
#   make deps       installs the Debian packages that are missing
#   make bench      beside a Perl plugin, bare ssh logins        make fuzz      libFuzzer, needs clang
#   make format     clang-format                                 make install   PREFIX, DESTDIR
#   make config     nagios/ again
#
#   V=1 shows commands   DEV=1 makes warnings errors   CFLAGS, LDFLAGS are respected

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/nagios/plugins
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share/postcheck
CC         ?= cc
ifeq ($(origin CC),default)
CC         := cc
endif
CFLAGS     ?= -O2 -g
comma      := ,
B          := build
Q          := $(if $(V),,@)
say         = $(if $(V),@:,@printf '  %-6s %s\n' '$(1)' '$(2)')
VERSION    := 0.1.0

# Debian packages: what the build needs as PACKAGE:PKG-CONFIG-NAME, what the tests need besides.
# What asks appliances is linked into postcheck-live only: the others start in a fraction of the time.
CORE_LIBS  := libjansson-dev:jansson libxml2-dev:libxml-2.0
LIVE_LIBS  := libssh-dev:libssh libcurl4-openssl-dev:libcurl libinih-dev:inih libssl-dev:openssl libarchive-dev:libarchive \
              zlib1g-dev:zlib libsnmp-dev:netsnmp
AGENT_LIBS := libsnmp-dev:netsnmp
BUILD_LIBS := $(CORE_LIBS) $(LIVE_LIBS)
TEST_LIBS  := libcmocka-dev:cmocka
SIM_LIBS   := libssh-dev:libssh libmicrohttpd-dev:libmicrohttpd libgnutls28-dev:gnutls libjansson-dev:jansson
packages    = $(foreach l,$(1),$(firstword $(subst :, ,$(l))))
BUILD_PKGS := gcc libc6-dev make pkg-config $(call packages,$(BUILD_LIBS))
TEST_PKGS  := $(call packages,$(TEST_LIBS) $(SIM_LIBS)) libubsan1 libasan8 binutils jq python3-jsonschema pmccabe \
              libmonitoring-plugin-perl monitoring-plugins-basic openssh-server openssh-client nginx-light openssl curl bsdutils python3 ca-certificates gnupg strace tmux procps \
              cmark-gfm libxml2-utils python3-junitparser prometheus prometheus-node-exporter python3-prometheus-client \
              chromium poppler-utils locales icinga2-bin icinga2-common nagios4-core nsca-ng-server nsca-ng-client snmpd snmp smitools \
              icingaweb2-module-director icingacli php-cli php-mysql mariadb-server-core mariadb-client-core $(if $(shell command -v npm),,nodejs npm)

WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wwrite-strings \
        -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef
DEVWARN := -Werror -Wconversion -Wno-sign-conversion -Wswitch-enum -Wnull-dereference
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
             -DPOSTCHECK_VERSION='"$(VERSION)"' -DPOSTCHECK_BINDIR='"$(BINDIR)"' -I. $(WARN) \
             $(if $(DEV),$(DEVWARN)) -fno-common -MMD -MP $(CFLAGS)

# Asked for when the first file is compiled, so that `make deps` may run before.
pkg = $(shell pkg-config $(1) $(foreach l,$(2),$(lastword $(subst :, ,$(l)))))
LIB_CFLAGS  = $(eval LIB_CFLAGS := $(call pkg,--cflags,$(BUILD_LIBS)))$(LIB_CFLAGS)
CORE_LDLIBS = $(eval CORE_LDLIBS := $(call pkg,--libs,$(CORE_LIBS)))$(CORE_LDLIBS)
READ_LDLIBS = $(eval READ_LDLIBS := $(call pkg,--libs,$(firstword $(CORE_LIBS))))$(READ_LDLIBS)
LIB_LIBS    = $(eval LIB_LIBS := $(call pkg,--libs,$(CORE_LIBS) $(LIVE_LIBS)))$(LIB_LIBS)
# The agent's .pc file would add its modules, which are the master's.
AGENT_LDLIBS = $(eval AGENT_LDLIBS := -lnetsnmpagent $(call pkg,--libs,$(AGENT_LIBS)))$(AGENT_LDLIBS)
SIM_CFLAGS  = $(eval SIM_CFLAGS := $(call pkg,--cflags,$(SIM_LIBS)))$(SIM_CFLAGS)
SIM_LDLIBS  = $(eval SIM_LDLIBS := $(call pkg,--libs,$(SIM_LIBS)))$(SIM_LDLIBS)
TEST_CFLAGS = $(eval TEST_CFLAGS := $(call pkg,--cflags,$(TEST_LIBS)))$(TEST_CFLAGS)
TEST_LDLIBS = $(eval TEST_LDLIBS := $(call pkg,--libs,$(TEST_LIBS)))$(TEST_LDLIBS)

checks_src := $(sort $(wildcard checks/*.c checks/*/*.c))
mains      := plugin/check_asyncos.c plugin/postcheck.c plugin/reader.c plugin/replay.c snmp/subagent.c
plugin_src := $(sort $(filter-out $(mains),$(wildcard plugin/*.c plugin/*/*.c)))
snmp_src   := $(sort $(filter-out $(mains),$(wildcard snmp/*.c)))
unit_src   := $(sort $(wildcard tests/unit/*.c))
unit_lib   := $(filter-out tests/unit/test_%.c,$(unit_src))
gen_src    := $(sort $(wildcard tests/bench/maillog/*.c))
sim_src    := $(sort $(wildcard tests/appliance/*.c))
headers    := $(sort $(wildcard checks/*.h checks/*/*.h plugin/*.h plugin/*/*.h snmp/*.h tests/unit/*.h tests/appliance/*.h tests/bench/*/*.h))
sources    := $(checks_src) $(plugin_src) $(snmp_src) $(mains) $(unit_src) $(sim_src) $(gen_src) $(wildcard tests/fuzz/*.c tests/bench/*.c)

.PHONY: all deps demo test check bench fuzz format format-check install clean tidy config
programs   := check_asyncos postcheck postcheck-live postcheck-replay postcheck-agentx
all: $(programs:%=$(B)/%)

# One set of rules per flavour: $(1) = build folder, $(2) = extra flags.
define flavour
$(1)/%.o: %.c | $(B)/libs.ok
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $(2) $$(LIB_CFLAGS) $$(CPPFLAGS) -c -o $$@ $$<
$(1)/tests/unit/%.o: CPPFLAGS += $$(TEST_CFLAGS)
$(1)/tests/appliance/%.o: CPPFLAGS += $$(SIM_CFLAGS)
$(1)/checks.a: $(checks_src:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/plugin.a: $(plugin_src:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/snmp/mib.o: snmp/POSTCHECK-MIB.txt
$(1)/snmp.a: $(snmp_src:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/postcheck-agentx: $(1)/snmp/subagent.o $(1)/snmp.a $(1)/checks.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(AGENT_LDLIBS) $$(READ_LDLIBS) -lm
$(1)/check_asyncos: $(1)/plugin/check_asyncos.o $(1)/plugin.a $(1)/checks.a | $(1)/postcheck-replay
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(READ_LDLIBS) -lm
$(1)/postcheck-replay: $(1)/plugin/replay.o $(1)/plugin.a $(1)/checks.a | $(1)/postcheck-live
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(CORE_LDLIBS) -lm
$(1)/postcheck-live: $(1)/plugin/postcheck.o $(1)/plugin.a $(1)/checks.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) -lm
$(1)/postcheck: $(1)/plugin/reader.o $(1)/plugin.a $(1)/checks.a | $(1)/postcheck-live
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(READ_LDLIBS) -lm
$(1)/appliance: $(sim_src:%.c=$(1)/%.o) $(1)/checks.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(SIM_LDLIBS) -lpthread
$(1)/generate: $(gen_src:%.c=$(1)/%.o)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ -lm
$(1)/judge: $(1)/tests/bench/judge.o $(1)/plugin.a $(1)/checks.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) -lm
$(1)/unit.a: $(unit_lib:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/unit/%: $(1)/tests/unit/%.o $(1)/unit.a $(1)/plugin.a $(1)/snmp.a $(1)/checks.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) $$(TEST_LDLIBS) -lm
-include $(sources:%.c=$(1)/%.d)
endef
$(eval $(call flavour,$(B),))
$(eval $(call flavour,$(B)/asan,-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer))
.SECONDARY:

# Are the libraries there? A plain build says which package is missing, test and demo install it.
$(B)/libs.ok: Makefile
	@mkdir -p $(@D)
	@command -v pkg-config >/dev/null || { echo "make: pkg-config is missing: run 'make deps' (Debian package pkg-config)" >&2; exit 1; }
	@for l in $(BUILD_LIBS); do pkg-config --exists "$${l#*:}" || \
	  { echo "make: library $${l#*:} is missing: run 'make deps' (Debian package $${l%:*})" >&2; exit 1; }; done
	@touch $@
$(B)/deps.ok: Makefile
	@mkdir -p $(@D)
	@tests/deps.sh $(BUILD_PKGS) $(TEST_PKGS)
	@touch $@
deps: $(B)/deps.ok
	@tests/deps.sh $(BUILD_PKGS) $(TEST_PKGS)
ifneq ($(filter test check demo bench deps,$(MAKECMDGOALS)),)
$(B)/libs.ok: $(B)/deps.ok
endif

# Every header of ours compiles alone.
$(B)/%.hok: %.h | $(B)/libs.ok
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) $(TEST_CFLAGS) $(SIM_CFLAGS) -MF $(@:.hok=.hd) -MT $@ -fsyntax-only -x c $< && touch $@

unit_names := $(patsubst tests/unit/%.c,unit/%,$(filter-out $(unit_lib),$(unit_src)))
tested     := $(programs) appliance generate judge $(unit_names)
test check: $(tested:%=$(B)/%) $(tested:%=$(B)/asan/%) $(headers:%.h=$(B)/%.hok)
	@tests/run.sh $(B)

demo: $(programs:%=$(B)/%) $(B)/appliance
	@tests/demo.sh $(B)

bench: $(programs:%=$(B)/%) $(B)/appliance $(B)/generate $(B)/judge
	@tests/bench/replay.sh $(B)/check_asyncos
	@tests/bench/fleet.sh $(B)
	@tests/bench/state.sh $(B)
	@tests/bench/snmp.sh $(B)
	@tests/bench/verify.sh $(B)
	@tests/bench/tail.sh $(B)
	@tests/bench/maillog.sh $(B)/postcheck

fuzz: | $(B)/libs.ok
	@tests/fuzz/run.sh "$(LIB_CFLAGS)" "$(LIB_LIBS)"

# nagios/ again, after a check or an option has changed.
config: $(B)/check_asyncos
	@tests/deploy.sh --write $(B)

format:
	clang-format -i $(sources) $(headers)
tidy: | $(B)/libs.ok
	clang-tidy --quiet $(checks_src) $(plugin_src) $(snmp_src) $(mains) -- $(filter -std=% -D% -I%,$(ALL_CFLAGS)) $(LIB_CFLAGS)

install: all
	install -D -m 755 $(B)/postcheck $(DESTDIR)$(BINDIR)/postcheck
	install -D -m 755 $(B)/postcheck-agentx $(DESTDIR)$(BINDIR)/postcheck-agentx
	install -D -m 644 snmp/POSTCHECK-MIB.txt $(DESTDIR)$(PREFIX)/share/snmp/mibs/POSTCHECK-MIB.txt
	for p in live replay; do install -D -m 755 $(B)/postcheck-$$p $(DESTDIR)$(BINDIR)/../libexec/postcheck/postcheck-$$p || exit; done
	install -D -m 755 $(B)/check_asyncos $(DESTDIR)$(LIBEXECDIR)/check_asyncos
	for m in check_asyncos.1 postcheck.1 postcheck-agentx.1; do install -D -m 644 plugin/man/$$m $(DESTDIR)$(MANDIR)/man1/$$m || exit; done
	for s in report rules maillog; do install -D -m 644 plugin/schema/postcheck.$$s-1.json $(DESTDIR)$(DATADIR)/postcheck.$$s-1.json || exit; done
	for f in $(notdir $(wildcard nagios/*)); do install -D -m 644 nagios/$$f $(DESTDIR)$(DATADIR)/nagios/$$f || exit; done

clean:
	rm -rf $(B)
