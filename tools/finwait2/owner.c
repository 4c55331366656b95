// SPDX-License-Identifier: GPL-2.0
/*
 * The process that a socket belongs to
 *
 * That is the one that has it open; of several, the one with the lowest number.
 * Where no process is known to, it is the one that listens on the socket's port:
 * for sockets that were not seen before they left, and for those that have been
 * closed.
 *
 * To find it out, all descriptors of all processes are looked at, which takes
 * time where these are many. So they are looked at no more often than makes up
 * a tenth of all time.
 */
#include <stdlib.h>
#include <time.h>

#include "diag.h"
#include "err.h"
#include "owner.h"
#include "proc.h"

#define OWNER_PORTS	65536
#define OWNER_TIMES	10

/**
 * struct owner - who has which sockets, and who listens
 * @proc: the processes, NULL before the first look
 * @next: when they may be looked at again, ns
 * @listeners: inode of the socket that listens on each port, 0 for none
 */
struct owner {
	struct proc *proc;
	u64 next;
	u64 *listeners;
};

static u64 owner_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/**
 * owner_open() - get ready to tell whose sockets are
 *
 * Return: what to tell it from, for owner_close(); nobody is known yet.
 */
struct owner *owner_open(void)
{
	struct owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		err_no_memory();
	owner->listeners = calloc(OWNER_PORTS, sizeof(*owner->listeners));
	if (!owner->listeners)
		err_no_memory();
	return owner;
}

/**
 * owner_close() - be done with telling whose sockets are
 * @owner: what owner_open() returned
 */
void owner_close(struct owner *owner)
{
	if (owner->proc)
		proc_free(owner->proc);
	free(owner->listeners);
	free(owner);
}

/* Several may listen on a port: of them, the same one each time. */
static void owner_listener(u16 port, u64 inode, void *data)
{
	struct owner *owner = data;
	u64 *listener = &owner->listeners[port];

	if (!*listener || inode < *listener)
		*listener = inode;
}

/**
 * owner_renew() - look again, unless it is too early
 * @owner: what owner_open() returned
 */
void owner_renew(struct owner *owner)
{
	const u64 start = owner_now();
	unsigned int i;
	u64 end;

	if (owner->proc) {
		if (start < owner->next)
			return;
		proc_free(owner->proc);
	}
	for (i = 0; i < OWNER_PORTS; i++)
		owner->listeners[i] = 0;
	/* Without the answer there are none: no error. */
	diag_listeners(owner_listener, owner);
	owner->proc = proc_scan();
	end = owner_now();
	owner->next = end + OWNER_TIMES * (end - start);
}

/**
 * owner_of() - the process that a socket belongs to
 * @owner: what owner_open() returned
 * @inode: the socket's inode, 0 if it is not known or there is none
 * @port: its local port
 *
 * Return: the process, its name valid until owner_renew().
 */
struct owner_process owner_of(const struct owner *owner, u64 inode, u16 port)
{
	struct owner_process process = { 0, "" };

	if (!owner->proc)
		return process;
	if (!inode || !proc_first(owner->proc, inode, &process.pid,
				  &process.name))
		proc_first(owner->proc, owner->listeners[port], &process.pid,
			   &process.name);
	return process;
}
