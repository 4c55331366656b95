/* SPDX-License-Identifier: GPL-2.0 */
/* What a rule or a filter asks of a socket */
#ifndef _FW2_MATCH_H
#define _FW2_MATCH_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/finwait2.h>

struct cgroup;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct sock;
struct user_namespace;

/* What can be asked. In the last two, a socket has more than one key. */
enum fw2_dim {
	FW2_DIM_LOCAL_PORT,
	FW2_DIM_REMOTE_PORT,
	FW2_DIM_LOCAL_ADDR,
	FW2_DIM_REMOTE_ADDR,
	FW2_DIM_UID,
	FW2_DIM_CLASS,
	FW2_DIM_DEVICE,
	FW2_DIM_MARK,
	FW2_DIM_CGROUP,
	FW2_DIMS,
};

/**
 * struct fw2_key - what is asked for, as a number of 128 bits
 * @hi: its upper half
 * @lo: its lower half
 *
 * An IPv4 address is the IPv6 address that it is mapped to. A device is its name.
 * A mark has its mask above it. A cgroup is where it is in memory. 0 is asked for
 * by nobody, but as an address, which all sockets have.
 */
struct fw2_key {
	u64	hi;
	u64	lo;
};

static inline bool fw2_key_before(const struct fw2_key *a,
				  const struct fw2_key *b)
{
	return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

/**
 * struct fw2_range - keys from one to another
 * @first: the lowest
 * @last: the highest
 */
struct fw2_range {
	struct fw2_key	first;
	struct fw2_key	last;
};

/**
 * struct fw2_span - what is asked in one dimension
 * @ranges: one of these must hold the key
 * @n: how many these are; 0: nothing is asked
 */
struct fw2_span {
	struct fw2_range	*ranges;
	unsigned int		n;
};

/**
 * struct fw2_prefix - a prefix, as it was said
 * @addr: its address, an IPv4 address in the first 4 bytes
 * @alen: its length, 4 or 16 bytes; 0: none was said
 * @len: its length, bits
 */
struct fw2_prefix {
	struct in6_addr	addr;
	u8		alen;
	u8		len;
};

/**
 * struct fw2_match - what is asked
 * @spans: by number
 * @local: the local prefix, for telling
 * @remote: the peer's prefix, for telling
 * @mark: sk_mark, after @mask, for telling
 * @mask: 0: no mark is asked
 * @cgroup: ancestor of the socket's cgroup, a reference held; NULL: any
 * @device: device it is bound to, for telling; "": any
 * @classes: bits of enum finwait2_class, for telling; 0: any
 */
struct fw2_match {
	struct fw2_span		spans[FW2_DIMS];
	struct fw2_prefix	local;
	struct fw2_prefix	remote;
	u32			mark;
	u32			mask;
	struct cgroup		*cgroup;
	char			device[IFNAMSIZ];
	u32			classes;
};

/**
 * struct fw2_subject - a socket that is asked
 * @sk: a full or a timewait socket of TCP, over IPv4 or IPv6; may leave its
 *	state meanwhile, but not be freed
 * @class: its class, or the one it is about to have
 */
struct fw2_subject {
	const struct sock	*sk;
	enum finwait2_class	class;
};

struct fw2_key fw2_subject_key(const struct fw2_subject *s, enum fw2_dim dim);
struct fw2_key fw2_subject_mark(const struct fw2_subject *s, u32 mask);
struct cgroup *fw2_subject_cgroup(const struct fw2_subject *s, int level);
struct fw2_key fw2_key_v4(__be32 addr);
struct fw2_key fw2_key_v6(const struct in6_addr *addr);
struct fw2_key fw2_key_name(const char *name);
struct fw2_key fw2_key_mark(u32 mark, u32 mask);
struct fw2_key fw2_cgroup_key(const struct cgroup *cgroup);

int fw2_match_parse(struct fw2_match *m, const struct nlattr *nest,
		    struct user_namespace *user_ns,
		    struct netlink_ext_ack *extack);
void fw2_match_free(struct fw2_match *m);
bool fw2_match_empty(const struct fw2_match *m);
bool fw2_match_same(const struct fw2_match *a, const struct fw2_match *b);
int fw2_match_put(struct sk_buff *skb, int attrtype, const struct fw2_match *m,
		  struct user_namespace *user_ns);
bool fw2_match_cgroup_gone(const struct fw2_match *m);

bool fw2_match_all(const struct fw2_match *m, const struct fw2_subject *s);

#endif
