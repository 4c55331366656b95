# SPDX-License-Identifier: GPL-2.0
#
# finwait2: a flush interval for TCP sockets in FIN_WAIT_2
#
#	make				module and tool, for the running kernel
#	make install			both; as root, or into DESTDIR
#	make KVER=... | KDIR=...	for another kernel, by release or headers
#	make demo			what it does, shown on web servers in a VM
#	make check			all tests, in VMs (see Makefile.dev)

KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
PREFIX	?= /usr/local
MODDIR	?= /lib/modules/$(KVER)/updates
DEPMOD	?= depmod

export PREFIX DESTDIR

all: module tools

module: $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

$(KDIR):
	@echo "finwait2: no headers of kernel $(KVER) in $@: install linux-headers-$(KVER), or say KDIR=" >&2
	@false

# The index of modules is made anew only where the module is to be used.
install: all
	install -d $(DESTDIR)$(MODDIR)
	install -m 644 finwait2.ko $(DESTDIR)$(MODDIR)/finwait2.ko
	$(MAKE) -C tools install
	$(MAKE) -C packaging install
	$(if $(DESTDIR),,$(DEPMOD) $(KVER))

uninstall:
	$(RM) $(DESTDIR)$(MODDIR)/finwait2.ko
	$(MAKE) -C tools uninstall
	$(MAKE) -C packaging uninstall
	$(if $(DESTDIR),,$(DEPMOD) $(KVER))

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools clean

demo:
	@demo/run

-include Makefile.dev

.PHONY: all clean demo install module tools uninstall
