/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_KEY_H
#define FINWAIT2_TOP_KEY_H

#include "util.h"

struct out;
struct top_sock;

/* Kinds of groups. */
enum top_by {
	TOP_PEER,
	TOP_PORT,
	TOP_PROCESS,
	TOP_CGROUP,
	TOP_RULE,
	TOP_KINDS
};

/* Room for an address, or for the name of a process. */
#define TOP_KEY_BYTES	16

/* Room for what a group is called, unless that is the path of a cgroup. */
#define TOP_NAME	64

/**
 * struct top_key - what the sockets of a group have in common
 * @number: port, process, cgroup or rule; 0 for none
 * @bytes: the peers' address, 0 in the bits that do not count, or the name of
 *	the process
 * @len: bytes of the address, 4 or 16; otherwise 0
 * @bits: how many bits of it count
 * @rest: no group of its own, but what is left of several
 *
 * Compared as it is in memory, so all of it is set.
 */
struct top_key {
	u64 number;
	u8 bytes[TOP_KEY_BYTES];
	u8 len;
	u8 bits;
	u8 rest;
	u8 unused[5];
};

const char *top_by_name(enum top_by by);
const char *top_by_head(enum top_by by);

struct top_key top_key_of(enum top_by by, const struct top_sock *sock);
struct top_key top_key_widen(const struct top_key *key, u8 bits4, u8 bits6);
struct top_key top_key_merged(enum top_by by, const struct top_key *key,
			      u8 bits4, u8 bits6);
u8 top_key_shorter(u8 len, u8 bits);
int top_key_compare(enum top_by by, const struct top_key *a,
		    const struct top_key *b);
void top_key_name(enum top_by by, const struct top_key *key,
		  char name[TOP_NAME]);
void top_key_print(struct out *out, enum top_by by, const struct top_key *key,
		   const char *path);

#endif
