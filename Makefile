# SPDX-License-Identifier: GPL-2.0
#
# finwait2: a flush interval for TCP sockets in FIN_WAIT_2
#
#	make				module and tool, for the running kernel
#	make install			both; as root, or into DESTDIR
#	make uninstall			all but /etc/finwait2.conf
#	make KVER=... | KDIR=...	for another kernel, by release or headers
#	make deb | rpm | dist		packages, or an archive of the source, in build/
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

# Where what is installed goes. Building needs no root, and says when something does.
PLACES := $(addprefix $(DESTDIR),$(MODDIR) $(PREFIX) /etc)

# The index of modules is made anew only where the module is to be used.
install: all
	@packaging/may-write install $(PLACES)
	install -d $(DESTDIR)$(MODDIR)
	install -m 644 finwait2.ko $(DESTDIR)$(MODDIR)/finwait2.ko
	$(MAKE) -C tools install
	$(MAKE) -C packaging install
	$(if $(DESTDIR),,$(DEPMOD) $(KVER))

uninstall:
	@packaging/may-write uninstall $(PLACES)
	$(RM) $(DESTDIR)$(MODDIR)/finwait2.ko
	$(MAKE) -C tools uninstall
	$(MAKE) -C packaging uninstall
	$(if $(DESTDIR),,$(DEPMOD) $(KVER))

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools clean

deb dist rpm:
	@packaging/$@

demo:
	@demo/run

-include Makefile.dev

.PHONY: all clean deb demo dist install module rpm tools uninstall
