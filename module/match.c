// SPDX-License-Identifier: GPL-2.0
/*
 * Matches: what a rule or a filter asks of a socket.
 *
 * All that is asked, in whatever dimension, is that a key of the socket be in one
 * of some ranges, so that many rules can be asked at once, see index.c. An IPv4
 * address is the IPv6 address it is mapped to, a prefix is the range of its
 * addresses.
 *
 * A timewait socket has addresses, ports, mark and device, but neither owner nor
 * cgroup: what asks for these does not match it.
 */

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/inet_timewait_sock.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "cgroup.h"
#include "match.h"

/* ::ffff:0:0/96 */
#define FW2_MAPPED	0xffff00000000ULL

static bool fw2_is_full(const struct sock *sk)
{
	return sk->sk_state != TCP_TIME_WAIT;
}

/**
 * fw2_key_v4 - the key of an IPv4 address
 * @addr: address
 */
struct fw2_key fw2_key_v4(__be32 addr)
{
	return (struct fw2_key){ .lo = FW2_MAPPED | ntohl(addr) };
}

/**
 * fw2_key_v6 - the key of an IPv6 address
 * @addr: address
 */
struct fw2_key fw2_key_v6(const struct in6_addr *addr)
{
	const __be32 *a = addr->s6_addr32;

	return (struct fw2_key){
		.hi = (u64)ntohl(a[0]) << 32 | ntohl(a[1]),
		.lo = (u64)ntohl(a[2]) << 32 | ntohl(a[3]),
	};
}

static struct fw2_key fw2_key_addr(const struct sock *sk, bool local)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return fw2_key_v6(local ? &sk->sk_v6_rcv_saddr
					: &sk->sk_v6_daddr);
#endif
	return fw2_key_v4(local ? sk->sk_rcv_saddr : sk->sk_daddr);
}

/**
 * fw2_key_name - the key of a device's name
 * @name: name
 */
struct fw2_key fw2_key_name(const char *name)
{
	char padded[sizeof(struct fw2_key)] = {};
	struct fw2_key key;

	BUILD_BUG_ON(IFNAMSIZ > sizeof(key));
	strscpy(padded, name, IFNAMSIZ);
	memcpy(&key, padded, sizeof(key));
	return key;
}

/* The device may be renamed any time: no more than its name is ever compared. */
static struct fw2_key fw2_key_device(const struct sock *sk)
{
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	struct net_device *dev = NULL;

	if (ifindex)
		dev = dev_get_by_index_rcu(sock_net(sk), ifindex);
	return dev ? fw2_key_name(dev->name) : (struct fw2_key){};
}

/**
 * fw2_key_mark - the key of a mark
 * @mark: mark
 * @mask: which bits of it count
 */
struct fw2_key fw2_key_mark(u32 mark, u32 mask)
{
	return (struct fw2_key){ .hi = mask, .lo = mark & mask };
}

/**
 * fw2_cgroup_key - the key of a cgroup
 * @cgroup: cgroup, or NULL
 */
struct fw2_key fw2_cgroup_key(const struct cgroup *cgroup)
{
	return (struct fw2_key){ .lo = (unsigned long)cgroup };
}

/**
 * fw2_subject_key - the key of a socket
 * @s: socket
 * @dim: a dimension in which it has one
 *
 * Context: RCU read side; any, the probe included. A socket that goes to CLOSE
 * has its addresses still, and inet_sport, but inet_num no more.
 */
struct fw2_key fw2_subject_key(const struct fw2_subject *s, enum fw2_dim dim)
{
	const struct sock *sk = s->sk;
	u64 number = 0;

	switch (dim) {
	case FW2_DIM_LOCAL_ADDR:
	case FW2_DIM_REMOTE_ADDR:
		return fw2_key_addr(sk, dim == FW2_DIM_LOCAL_ADDR);
	case FW2_DIM_DEVICE:
		return fw2_key_device(sk);
	case FW2_DIM_LOCAL_PORT:
		number = ntohs(fw2_is_full(sk) ? inet_sk(sk)->inet_sport
					       : inet_twsk(sk)->tw_sport);
		break;
	case FW2_DIM_REMOTE_PORT:
		number = ntohs(sk->sk_dport);
		break;
	case FW2_DIM_UID:
		number = __kuid_val(fw2_is_full(sk) ? sk_uid(sk) : INVALID_UID);
		break;
	case FW2_DIM_CLASS:
		/* Not 0. */
		number = BIT(s->class);
		break;
	default:
		break;
	}
	return (struct fw2_key){ .lo = number };
}

/**
 * fw2_subject_mark - the key of a socket's mark, after a mask
 * @s: socket
 * @mask: mask
 */
struct fw2_key fw2_subject_mark(const struct fw2_subject *s, u32 mask)
{
	return fw2_key_mark(fw2_is_full(s->sk) ? READ_ONCE(s->sk->sk_mark)
					       : inet_twsk(s->sk)->tw_mark,
			    mask);
}

/**
 * fw2_subject_cgroup - a cgroup that a socket is in
 * @s: socket
 * @level: how far from the root, 0 and on
 *
 * Return: the cgroup, NULL if there is none of that level.
 */
struct cgroup *fw2_subject_cgroup(const struct fw2_subject *s, int level)
{
	struct cgroup *own = fw2_is_full(s->sk) ? fw2_sk_cgroup(s->sk) : NULL;

	return own ? fw2_cgroup_at(own, level) : NULL;
}

/**
 * fw2_match_free - give up what a match holds
 * @m: match
 *
 * Context: process context.
 */
void fw2_match_free(struct fw2_match *m)
{
	unsigned int dim;

	for (dim = 0; dim < FW2_DIMS; dim++)
		kfree(m->spans[dim].ranges);
	if (m->cgroup)
		cgroup_put(m->cgroup);
}

/**
 * fw2_match_empty - does a match ask nothing?
 * @m: match
 */
bool fw2_match_empty(const struct fw2_match *m)
{
	unsigned int dim;

	for (dim = 0; dim < FW2_DIMS; dim++) {
		if (m->spans[dim].n)
			return false;
	}
	return true;
}

/**
 * fw2_match_same - do two matches ask the same, in the same words?
 * @a: one
 * @b: the other
 */
bool fw2_match_same(const struct fw2_match *a, const struct fw2_match *b)
{
	unsigned int dim;

	for (dim = 0; dim < FW2_DIMS; dim++) {
		const struct fw2_span *s = &a->spans[dim], *t = &b->spans[dim];

		if (s->n != t->n ||
		    (s->n && memcmp(s->ranges, t->ranges,
				    s->n * sizeof(*s->ranges))))
			return false;
	}
	/* IPv4 or mapped IPv6: the same, but told in other words. */
	return a->local.alen == b->local.alen &&
	       a->remote.alen == b->remote.alen;
}

/**
 * fw2_match_cgroup_gone - has the cgroup that a match names been removed?
 * @m: match
 */
bool fw2_match_cgroup_gone(const struct fw2_match *m)
{
	return m->cgroup && fw2_cgroup_gone(m->cgroup);
}

static bool fw2_span_has(const struct fw2_span *span, struct fw2_key key)
{
	const struct fw2_range *range;

	for (range = span->ranges; range < span->ranges + span->n; range++) {
		if (!fw2_key_before(&key, &range->first) &&
		    !fw2_key_before(&range->last, &key))
			return true;
	}
	return !span->n;
}

/**
 * fw2_match_all - does a socket match?
 * @m: match
 * @s: socket
 *
 * Context: RCU read side.
 */
bool fw2_match_all(const struct fw2_match *m, const struct fw2_subject *s)
{
	struct cgroup *cgroup;
	int level = 0;
	unsigned int dim;

	for (dim = 0; dim < FW2_DIM_MARK; dim++) {
		if (m->spans[dim].n &&
		    !fw2_span_has(&m->spans[dim], fw2_subject_key(s, dim)))
			return false;
	}
	if (m->mask && !fw2_span_has(&m->spans[FW2_DIM_MARK],
				     fw2_subject_mark(s, m->mask)))
		return false;
	if (!m->cgroup)
		return true;
	if (fw2_match_cgroup_gone(m))
		return false;
	do {
		cgroup = fw2_subject_cgroup(s, level++);
	} while (cgroup && cgroup != m->cgroup);
	return cgroup;
}
