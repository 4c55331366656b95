/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_MATCH_H
#define FINWAIT2_MATCH_H

#include <net/if.h>
#include <stdio.h>

#include "util.h"

struct attr;
struct msg;

/* What a match may say, in the order in which it is written. */
enum match_key {
	MATCH_LOCAL,
	MATCH_SPORT,
	MATCH_PEER,
	MATCH_DPORT,
	MATCH_MARK,
	MATCH_UID,
	MATCH_CGROUP,
	MATCH_DEV,
	MATCH_CLASS,
	MATCH_KEYS
};

/* Longest path of a cgroup, without its NUL. */
#define MATCH_PATH	4095

/* Most ranges of ports, as many as the module takes. */
#define MATCH_RANGES	64

/**
 * struct match_prefix - the addresses that begin with the same bits
 * @len: bytes of an address, 4 or 16
 * @bits: how many bits count
 * @addr: an address, 0 in the bits that do not count
 */
struct match_prefix {
	u8 len;
	u8 bits;
	u8 addr[16];
};

struct match_range {
	u16 first;
	u16 last;
};

/**
 * struct match_ports - ports
 * @ranges: ranges, in the order in which they were given
 * @count: their number, up to MATCH_RANGES
 */
struct match_ports {
	struct match_range *ranges;
	unsigned int count;
};

/**
 * struct match - what a socket must be like
 * @said: which of the rest count, a bit for each enum match_key
 * @local: local address
 * @peer: the peer's address
 * @sport: local port
 * @dport: the peer's port
 * @mark: the socket's mark, after @mask
 * @mask: which bits of the mark count
 * @uid: owner
 * @cgroup: path of the cgroup
 * @dev: name of the device
 * @classes: a bit for each enum finwait2_class
 */
struct match {
	u32 said;
	struct match_prefix local;
	struct match_prefix peer;
	struct match_ports sport;
	struct match_ports dport;
	u32 mark;
	u32 mask;
	u32 uid;
	char *cgroup;
	char dev[IF_NAMESIZE];
	u32 classes;
};

static inline bool match_says(const struct match *match, enum match_key key)
{
	return match->said & 1U << key;
}

void match_init(struct match *match);
void match_free(struct match *match);

int match_parse(struct match *match, int argc, char **argv, char *why);
void match_add_words(char *list, size_t size);
void match_write_prefix(FILE *file, const struct match_prefix *prefix);
void match_write_classes(FILE *file, u32 classes);
void match_write(FILE *file, const struct match *match);

void match_put(struct msg *msg, u16 type, const struct match *match);
int match_get(struct match *match, const struct attr *nest);

#endif
