# Klaxon. `make help` lists what there is.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
PREFIX  ?= /usr
GO      ?= go
# Where the detector's time goes, for the compiler: a tenth of it is spared.
PROFILE = internal/pipeline/detect/detector.pgo
GOFLAGS_BUILD = -trimpath -pgo $(PROFILE)
LDFLAGS = -s -w -X main.version=$(VERSION)
PROGRAMS = klaxon klaxond klaxonctl tocsin

# What a user can do about a missing or old Go is told in one line, before
# anything else fails in many.
GO_NEEDED = $(shell sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
define check_go
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go $(GO_NEEDED) or newer (https://go.dev/dl) and run make again" >&2; exit 2; }
	@$(GO) version >/dev/null 2>&1 && $(GO) list -m >/dev/null 2>&1 || { echo "$$($(GO) env GOVERSION) is too old: install Go $(GO_NEEDED) or newer (https://go.dev/dl) and run make again" >&2; exit 2; }
endef

.PHONY: help build install dist run test lint bench profile fuzz soak tools clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

build: ## build the programs into bin/
	$(check_go)
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build $(GOFLAGS_BUILD) -ldflags '$(LDFLAGS)' -o bin/ $(PROGRAMS:%=./cmd/%)
	CGO_ENABLED=0 $(GO) build $(GOFLAGS_BUILD) -ldflags '$(LDFLAGS) -X main.identDefault=on' -o bin/klaxon.ident ./cmd/klaxon

run: build ## build and start klaxond on its embedded default
	@exec ./bin/klaxond

install: build ## install under $(DESTDIR)$(PREFIX)
	install -d -m 0755 $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/man/man5
	install -d -m 0755 $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
	install -d -m 0750 $(DESTDIR)/etc/klaxon $(DESTDIR)/etc/klaxon/conf.d
	install -m 0755 bin/klaxon bin/klaxon.ident bin/klaxond bin/tocsin $(DESTDIR)$(PREFIX)/sbin/
	install -m 0755 bin/klaxonctl $(DESTDIR)$(PREFIX)/bin/
	install -m 0644 docs/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -m 0644 docs/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 0644 packaging/systemd/*.service packaging/systemd/*.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/
	install -m 0644 packaging/sysusers.d/*.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/
	install -m 0644 packaging/tmpfiles.d/*.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/
	install -d -m 0755 $(DESTDIR)/etc/logrotate.d
	test -e $(DESTDIR)/etc/logrotate.d/klaxon || install -m 0644 packaging/integrations/logrotate/klaxon $(DESTDIR)/etc/logrotate.d/
	test -e $(DESTDIR)/etc/klaxon/klaxon.toml || install -m 0640 packaging/klaxon.toml $(DESTDIR)/etc/klaxon/klaxon.toml
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	bin/klaxonctl completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/klaxonctl
	bin/klaxonctl completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_klaxonctl
	bin/klaxonctl completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/klaxonctl.fish
	@if [ -n "$(DESTDIR)" ]; then :; \
	elif command -v systemd-sysusers >/dev/null && command -v systemd-tmpfiles >/dev/null; then \
		systemd-sysusers klaxon.conf && systemd-tmpfiles --create klaxon.conf; \
	else \
		echo "make a system user klaxon who may read /etc/klaxon; klaxond becomes nobody until then"; \
	fi

dist: ## build packages, tarballs, bills of materials and checksums into dist/ [MAINTAINER="NAME <ADDRESS>"]
	$(check_go)
	@$(GO) run ./packaging/dist -go $(GO) -version $(VERSION) -out dist $(if $(MAINTAINER),-maintainer "$(MAINTAINER)") && ls -l dist

clean: ## remove what was built
	rm -rf bin dist

test: ## run every test this machine allows; the last lines say what was skipped
	$(check_go)
	@GO=$(GO) test/run.sh

lint: ## gofmt, vet, staticcheck, govulncheck
	$(check_go)
	@GO=$(GO) test/lint.sh

tools: ## fetch the real programs that the tests use into ~/.cache/klaxon
	@sh test/debs/fetch.sh; debs=$$?; sh test/rootfs/fetch.sh && exit $$debs

FUZZTIME ?= 30s
fuzz: ## run every fuzz target for FUZZTIME each
	$(check_go)
	@GO=$(GO) FUZZTIME=$(FUZZTIME) test/fuzz.sh

bench: ## measure what the README and the issues claim, as ratios
	$(check_go)
	@$(GO) run -pgo $(PROFILE) ./test/bench

profile: ## renew the profile that the programs are built with
	$(check_go)
	@$(GO) run ./test/bench profile $(PROFILE)

soak: ## the long forms of the tests
	$(check_go)
	@GO=$(GO) KLAXON_SOAK=1 test/run.sh
