# SPDX-License-Identifier: GPL-2.0
# finwait2: a flush interval for TCP sockets in FIN_WAIT_2

KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
PREFIX	?= /usr/local

all: module tools

module: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools PREFIX=$(PREFIX)

$(KDIR):
	@echo "make: no headers of kernel $(KVER) in $@: install them (apt install linux-headers-$(KVER)), or say KDIR=" >&2
	@false

-include Makefile.dev

.PHONY: all module tools
