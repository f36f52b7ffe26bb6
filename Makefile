# SPDX-License-Identifier: GPL-3.0-or-later
#
# The only Makefile. GNU make.
#
#   make            build/check_asyncos
#   make demo       installs what is missing, builds, judges a simulated fleet with faults
#   make test       installs what is missing, builds, tests, tests again under sanitizers
#   make deps       installs the Debian packages that are missing
#   make bench      time and memory against a Perl plugin        make fuzz      libFuzzer, needs clang
#   make format     clang-format                                 make install   PREFIX, DESTDIR
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
BUILD_LIBS := libjansson-dev:jansson libxml2-dev:libxml-2.0
TEST_LIBS  := libcmocka-dev:cmocka
BUILD_PKGS := gcc libc6-dev make pkg-config $(foreach l,$(BUILD_LIBS),$(firstword $(subst :, ,$(l))))
TEST_PKGS  := libcmocka-dev libubsan1 libasan8 binutils jq python3-jsonschema pmccabe libmonitoring-plugin-perl

WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wwrite-strings \
        -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef
DEVWARN := -Werror -Wconversion -Wno-sign-conversion -Wswitch-enum -Wnull-dereference
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -DPOSTCHECK_VERSION='"$(VERSION)"' -I. $(WARN) \
             $(if $(DEV),$(DEVWARN)) -fno-common -MMD -MP $(CFLAGS)

# Asked for when the first file is compiled, so that `make deps` may run before.
pkg = $(shell pkg-config $(1) $(foreach l,$(2),$(lastword $(subst :, ,$(l)))))
LIB_CFLAGS  = $(eval LIB_CFLAGS := $(call pkg,--cflags,$(BUILD_LIBS)))$(LIB_CFLAGS)
LIB_LIBS    = $(eval LIB_LIBS := $(call pkg,--libs,$(BUILD_LIBS)))$(LIB_LIBS)
TEST_CFLAGS = $(eval TEST_CFLAGS := $(call pkg,--cflags,$(TEST_LIBS)))$(TEST_CFLAGS)
TEST_LDLIBS = $(eval TEST_LDLIBS := $(call pkg,--libs,$(TEST_LIBS)))$(TEST_LDLIBS)

checks_src := $(sort $(wildcard checks/*.c checks/*/*.c))
plugin_src := $(sort $(filter-out plugin/check_asyncos.c,$(wildcard plugin/*.c plugin/*/*.c)))
unit_src   := $(sort $(wildcard tests/unit/*.c))
headers    := $(sort $(wildcard checks/*.h checks/*/*.h plugin/*.h plugin/*/*.h tests/unit/*.h))
sources    := $(checks_src) $(plugin_src) plugin/check_asyncos.c $(unit_src) $(wildcard tests/fuzz/*.c tests/bench/*.c)

.PHONY: all deps demo test check bench fuzz format format-check install clean tidy
all: $(B)/check_asyncos

# One set of rules per flavour: $(1) = build folder, $(2) = extra flags.
define flavour
$(1)/%.o: %.c | $(B)/libs.ok
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $(2) $$(LIB_CFLAGS) $$(CPPFLAGS) -c -o $$@ $$<
$(1)/tests/unit/%.o: CPPFLAGS += $$(TEST_CFLAGS)
$(1)/checks.a: $(checks_src:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/plugin.a: $(plugin_src:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
$(1)/check_asyncos: $(1)/plugin/check_asyncos.o $(1)/plugin.a $(1)/checks.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) -lm
$(1)/unit/%: $(1)/tests/unit/%.o $(1)/plugin.a $(1)/checks.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $(2) $$(LDFLAGS) -o $$@ $$^ $$(LIB_LIBS) $$(TEST_LDLIBS) -lm
$(1)/.tested: $(1)/check_asyncos $(unit_src:tests/unit/%.c=$(1)/unit/%)
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
	$(Q)$(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) $(TEST_CFLAGS) -MF $(@:.hok=.hd) -MT $@ -fsyntax-only -x c $< && touch $@

unit_names := $(unit_src:tests/unit/%.c=unit/%)
test check: $(B)/check_asyncos $(B)/asan/check_asyncos $(unit_names:%=$(B)/%) $(unit_names:%=$(B)/asan/%) \
            $(headers:%.h=$(B)/%.hok)
	@tests/run.sh $(B)

demo: $(B)/check_asyncos
	@tests/demo.sh $(B)

bench: $(B)/check_asyncos
	@tests/bench/replay.sh $(B)/check_asyncos

fuzz: | $(B)/libs.ok
	@tests/fuzz/run.sh "$(LIB_CFLAGS)" "$(LIB_LIBS)"

format:
	clang-format -i $(sources) $(headers)
tidy: | $(B)/libs.ok
	clang-tidy --quiet $(checks_src) $(plugin_src) plugin/check_asyncos.c -- -std=c11 -D_POSIX_C_SOURCE=200809L -DPOSTCHECK_VERSION='"$(VERSION)"' -I. $(LIB_CFLAGS)

install: $(B)/check_asyncos
	install -D -m 755 $(B)/check_asyncos $(DESTDIR)$(LIBEXECDIR)/check_asyncos
	install -D -m 644 plugin/man/check_asyncos.1 $(DESTDIR)$(MANDIR)/man1/check_asyncos.1
	install -D -m 644 plugin/schema/postcheck.report-1.json $(DESTDIR)$(DATADIR)/postcheck.report-1.json

clean:
	rm -rf $(B)
