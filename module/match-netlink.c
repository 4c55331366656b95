// SPDX-License-Identifier: GPL-2.0
/*
 * Matches in messages: taken from there, and told.
 *
 * An IPv6 prefix that is shorter than that of the mapped addresses means native
 * ones only, and so has a hole.
 */

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <uapi/linux/finwait2.h>

#include "cgroup.h"
#include "match.h"

/* More than anybody lists, and what a set of rules can be built from quickly. */
#define FW2_RANGES_MAX	64

static int fw2_match_add(struct fw2_match *m, enum fw2_dim dim,
			 struct fw2_key first, struct fw2_key last)
{
	struct fw2_span *span = &m->spans[dim];
	struct fw2_range *ranges;

	ranges = krealloc(span->ranges, (span->n + 1) * sizeof(*ranges),
			  GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return -ENOMEM;
	span->ranges = ranges;
	ranges[span->n].first = first;
	ranges[span->n].last = last;
	span->n++;
	return 0;
}

static int fw2_match_port(struct fw2_match *m, enum fw2_dim dim,
			  const struct nlattr *range,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *first, *last;

	first = nla_find_nested(range, FINWAIT2_A_PORT_RANGE_FIRST);
	last = nla_find_nested(range, FINWAIT2_A_PORT_RANGE_LAST);
	if (!first) {
		NL_SET_ERR_MSG_ATTR(extack, range,
				    "a range of ports has no first port");
		return -EINVAL;
	}
	if (!last)
		last = first;
	if (!nla_get_u16(first) || nla_get_u16(first) > nla_get_u16(last)) {
		NL_SET_ERR_MSG_ATTR(extack, range,
				    "a range of ports begins at 0 or ends before it begins");
		return -EINVAL;
	}
	if (m->spans[dim].n == FW2_RANGES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, range,
				    "more than 64 ranges of ports");
		return -E2BIG;
	}
	return fw2_match_add(m, dim,
			     (struct fw2_key){ .lo = nla_get_u16(first) },
			     (struct fw2_key){ .lo = nla_get_u16(last) });
}

/* The last address of a prefix, given its first. */
static struct fw2_key fw2_key_last(struct fw2_key key, unsigned int len)
{
	if (len < 64)
		return (struct fw2_key){
			.hi = key.hi | (U64_MAX >> len),
			.lo = U64_MAX,
		};
	if (len < 128)
		key.lo |= U64_MAX >> (len - 64);
	return key;
}

/* An IPv6 prefix means native addresses, so leave out the mapped ones. */
static int fw2_match_v6(struct fw2_match *m, enum fw2_dim dim,
			struct fw2_key first, unsigned int len)
{
	const struct fw2_key mapped = fw2_key_v4(0);
	const struct fw2_key mapped_last = fw2_key_v4(htonl(U32_MAX));
	struct fw2_key last = fw2_key_last(first, len);
	int err;

	if (len >= 96 || fw2_key_before(&mapped, &first) ||
	    fw2_key_before(&last, &mapped_last))
		return fw2_match_add(m, dim, first, last);

	err = fw2_match_add(m, dim, first,
			    (struct fw2_key){ .lo = mapped.lo - 1 });
	if (err)
		return err;
	return fw2_match_add(m, dim,
			     (struct fw2_key){ .lo = mapped_last.lo + 1 },
			     last);
}

static int fw2_match_prefix(struct fw2_match *m, enum fw2_dim dim,
			    struct fw2_prefix *prefix,
			    const struct nlattr *addr, const struct nlattr *len,
			    struct netlink_ext_ack *extack)
{
	struct fw2_key first, last;
	unsigned int bits;

	if (!addr) {
		if (!len)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, len,
				    "a prefix length without an address");
		return -EINVAL;
	}

	prefix->alen = nla_len(addr);
	if (prefix->alen != 4 && prefix->alen != 16) {
		NL_SET_ERR_MSG_ATTR(extack, addr,
				    "an address has neither 4 nor 16 bytes");
		return -EINVAL;
	}
	memcpy(&prefix->addr, nla_data(addr), prefix->alen);
	bits = 8 * prefix->alen;
	prefix->len = len ? nla_get_u8(len) : bits;
	if (prefix->len > bits) {
		NL_SET_ERR_MSG_ATTR(extack, len,
				    "a prefix is longer than its address");
		return -EINVAL;
	}

	if (prefix->alen == 4)
		first = fw2_key_v4(prefix->addr.s6_addr32[0]);
	else
		first = fw2_key_v6(&prefix->addr);
	bits = prefix->len + 128 - bits;
	last = fw2_key_last(first, bits);
	/* Each bit beyond the length is 0 in the first, and 1 in the last. */
	if ((bits < 64 && (first.hi & (U64_MAX >> bits))) ||
	    (bits < 128 &&
	     (first.lo & (bits < 64 ? U64_MAX : U64_MAX >> (bits - 64))))) {
		NL_SET_ERR_MSG_ATTR(extack, addr,
				    "an address has bits set beyond its prefix length");
		return -EINVAL;
	}

	if (prefix->alen == 16)
		return fw2_match_v6(m, dim, first, bits);
	return fw2_match_add(m, dim, first, last);
}

static int fw2_match_uid(struct fw2_match *m, const struct nlattr *attr,
			 struct user_namespace *user_ns,
			 struct netlink_ext_ack *extack)
{
	kuid_t uid = make_kuid(user_ns, nla_get_u32(attr));
	struct fw2_key key = { .lo = __kuid_val(uid) };

	if (!uid_valid(uid)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "there is no such user in this user namespace");
		return -EINVAL;
	}
	return fw2_match_add(m, FW2_DIM_UID, key, key);
}

static int fw2_match_cgroup(struct fw2_match *m, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup;
	struct fw2_key key;

	if (!FW2_SOCK_CGROUP) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this kernel does not know the cgroups of sockets");
		return -EOPNOTSUPP;
	}
	cgroup = cgroup_get_from_path(nla_data(attr));
	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "there is no cgroup v2 of this path");
		return PTR_ERR(cgroup);
	}
	m->cgroup = cgroup;
	key = fw2_cgroup_key(cgroup);
	return fw2_match_add(m, FW2_DIM_CGROUP, key, key);
}

static int fw2_match_mark(struct fw2_match *m, const struct nlattr *mark,
			  const struct nlattr *mask,
			  struct netlink_ext_ack *extack)
{
	struct fw2_key key;

	if (!mark) {
		if (!mask)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, mask, "a mask without a mark");
		return -EINVAL;
	}
	m->mark = nla_get_u32(mark);
	m->mask = mask ? nla_get_u32(mask) : U32_MAX;
	if (!m->mask || m->mark & ~m->mask) {
		NL_SET_ERR_MSG_ATTR(extack, mark,
				    "the mark has bits set outside its mask, or no mask");
		return -EINVAL;
	}
	key = fw2_key_mark(m->mark, m->mask);
	return fw2_match_add(m, FW2_DIM_MARK, key, key);
}

static int fw2_match_device(struct fw2_match *m, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	struct fw2_key key;

	nla_strscpy(m->device, attr, sizeof(m->device));
	if (!dev_valid_name(m->device)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no device can have this name");
		return -EINVAL;
	}
	key = fw2_key_name(m->device);
	return fw2_match_add(m, FW2_DIM_DEVICE, key, key);
}

static int fw2_match_classes(struct fw2_match *m, const struct nlattr *attr,
			     struct netlink_ext_ack *extack)
{
	unsigned int class;
	int err = 0;

	m->classes = nla_get_u32(attr);
	if (!m->classes) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no class is named");
		return -EINVAL;
	}
	for (class = 0; class <= FINWAIT2_CLASS_ORPHAN && !err; class++) {
		struct fw2_key key = { .lo = BIT(class) };

		if (m->classes & BIT(class))
			err = fw2_match_add(m, FW2_DIM_CLASS, key, key);
	}
	return err;
}

static int fw2_match_attrs(struct fw2_match *m, const struct nlattr *nest,
			   struct user_namespace *user_ns,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *tb[FINWAIT2_A_MATCH_MAX + 1] = {};
	const struct nlattr *attr;
	int rem, err = 0;

	nla_for_each_nested(attr, nest, rem) {
		tb[nla_type(attr)] = attr;
		if (nla_type(attr) == FINWAIT2_A_MATCH_LOCAL_PORT)
			err = fw2_match_port(m, FW2_DIM_LOCAL_PORT, attr,
					     extack);
		else if (nla_type(attr) == FINWAIT2_A_MATCH_REMOTE_PORT)
			err = fw2_match_port(m, FW2_DIM_REMOTE_PORT, attr,
					     extack);
		if (err)
			return err;
	}

	err = fw2_match_prefix(m, FW2_DIM_LOCAL_ADDR, &m->local,
			       tb[FINWAIT2_A_MATCH_LOCAL_ADDR],
			       tb[FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN], extack);
	if (!err)
		err = fw2_match_prefix(m, FW2_DIM_REMOTE_ADDR, &m->remote,
				       tb[FINWAIT2_A_MATCH_REMOTE_ADDR],
				       tb[FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN],
				       extack);
	if (!err && tb[FINWAIT2_A_MATCH_UID])
		err = fw2_match_uid(m, tb[FINWAIT2_A_MATCH_UID], user_ns,
				    extack);
	if (!err && tb[FINWAIT2_A_MATCH_CGROUP])
		err = fw2_match_cgroup(m, tb[FINWAIT2_A_MATCH_CGROUP], extack);
	if (!err)
		err = fw2_match_mark(m, tb[FINWAIT2_A_MATCH_MARK],
				     tb[FINWAIT2_A_MATCH_MASK], extack);
	if (!err && tb[FINWAIT2_A_MATCH_DEVICE])
		err = fw2_match_device(m, tb[FINWAIT2_A_MATCH_DEVICE], extack);
	if (!err && tb[FINWAIT2_A_MATCH_CLASS])
		err = fw2_match_classes(m, tb[FINWAIT2_A_MATCH_CLASS], extack);
	return err;
}

/**
 * fw2_match_parse - take a match from a message
 * @m: what to fill; for fw2_match_free(); empty after an error
 * @nest: attributes of the set "match", validated by policy; NULL for none
 * @user_ns: the user namespace of who asks, for user ids
 * @extack: told what is wrong
 *
 * Context: process context, may sleep; of who asks, for its cgroup namespace.
 * Return: 0 or a negative errno.
 */
int fw2_match_parse(struct fw2_match *m, const struct nlattr *nest,
		    struct user_namespace *user_ns,
		    struct netlink_ext_ack *extack)
{
	int err;

	memset(m, 0, sizeof(*m));
	if (!nest)
		return 0;
	err = fw2_match_attrs(m, nest, user_ns, extack);
	if (err) {
		/* Whoever frees it again frees nothing. */
		fw2_match_free(m);
		memset(m, 0, sizeof(*m));
	}
	return err;
}

static int fw2_put_ports(struct sk_buff *skb, int attrtype,
			 const struct fw2_span *span)
{
	const struct fw2_range *range;
	struct nlattr *nest;

	for (range = span->ranges; range < span->ranges + span->n; range++) {
		nest = nla_nest_start(skb, attrtype);
		if (!nest ||
		    nla_put_u16(skb, FINWAIT2_A_PORT_RANGE_FIRST,
				range->first.lo) ||
		    nla_put_u16(skb, FINWAIT2_A_PORT_RANGE_LAST,
				range->last.lo))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fw2_put_prefix(struct sk_buff *skb, int addr, int len,
			  const struct fw2_prefix *prefix)
{
	if (!prefix->alen)
		return 0;
	if (nla_put(skb, addr, prefix->alen, &prefix->addr) ||
	    nla_put_u8(skb, len, prefix->len))
		return -EMSGSIZE;
	return 0;
}

static int fw2_put_uid(struct sk_buff *skb, const struct fw2_span *span,
		       struct user_namespace *user_ns)
{
	if (!span->n)
		return 0;
	return nla_put_u32(skb, FINWAIT2_A_MATCH_UID,
			   from_kuid_munged(user_ns,
					    KUIDT_INIT(span->ranges->first.lo)));
}

/* As whoever reads would name it: from the root of its cgroup namespace. */
static int fw2_put_cgroup(struct sk_buff *skb, struct cgroup *cgroup)
{
	char *path;
	int err;

	if (!cgroup)
		return 0;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	err = fw2_cgroup_path(cgroup, path, PATH_MAX);
	if (!err)
		err = nla_put_string(skb, FINWAIT2_A_MATCH_CGROUP, path);
	kfree(path);
	return err;
}

/**
 * fw2_match_put - tell a match in a message
 * @skb: message
 * @attrtype: for the nest
 * @m: match
 * @user_ns: user namespace of who reads
 *
 * Context: process context, may sleep; of who reads.
 * Return: 0, or -EMSGSIZE if there is no room: to be cancelled by the caller.
 */
int fw2_match_put(struct sk_buff *skb, int attrtype, const struct fw2_match *m,
		  struct user_namespace *user_ns)
{
	struct nlattr *nest;
	int err;

	if (fw2_match_empty(m))
		return 0;
	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	if (fw2_put_prefix(skb, FINWAIT2_A_MATCH_LOCAL_ADDR,
			   FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN, &m->local) ||
	    fw2_put_ports(skb, FINWAIT2_A_MATCH_LOCAL_PORT,
			  &m->spans[FW2_DIM_LOCAL_PORT]) ||
	    fw2_put_prefix(skb, FINWAIT2_A_MATCH_REMOTE_ADDR,
			   FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN, &m->remote) ||
	    fw2_put_ports(skb, FINWAIT2_A_MATCH_REMOTE_PORT,
			  &m->spans[FW2_DIM_REMOTE_PORT]) ||
	    (m->mask && (nla_put_u32(skb, FINWAIT2_A_MATCH_MARK, m->mark) ||
			 nla_put_u32(skb, FINWAIT2_A_MATCH_MASK, m->mask))) ||
	    fw2_put_uid(skb, &m->spans[FW2_DIM_UID], user_ns) ||
	    (m->device[0] &&
	     nla_put_string(skb, FINWAIT2_A_MATCH_DEVICE, m->device)) ||
	    (m->classes &&
	     nla_put_u32(skb, FINWAIT2_A_MATCH_CLASS, m->classes)))
		return -EMSGSIZE;
	err = fw2_put_cgroup(skb, m->cgroup);
	if (err)
		return err;
	nla_nest_end(skb, nest);
	return 0;
}
