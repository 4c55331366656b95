// SPDX-License-Identifier: GPL-2.0
/*
 * What a socket must be like, in attributes
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "attr.h"
#include "err.h"
#include "match.h"
#include "msg.h"

static const u8 match_kinds[FINWAIT2_A_MATCH_MAX + 1] = {
	[FINWAIT2_A_MATCH_LOCAL_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN] = ATTR_U8,
	[FINWAIT2_A_MATCH_REMOTE_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN] = ATTR_U8,
	[FINWAIT2_A_MATCH_MARK] = ATTR_U32,
	[FINWAIT2_A_MATCH_MASK] = ATTR_U32,
	[FINWAIT2_A_MATCH_UID] = ATTR_U32,
	[FINWAIT2_A_MATCH_CGROUP] = ATTR_BYTES,
	[FINWAIT2_A_MATCH_DEVICE] = ATTR_BYTES,
	[FINWAIT2_A_MATCH_CLASS] = ATTR_U32,
};

static void match_put_prefix(struct msg *msg, u16 addr, u16 bits,
			     const struct match_prefix *prefix)
{
	msg_put(msg, addr, prefix->addr, prefix->len);
	msg_put_u8(msg, bits, prefix->bits);
}

static void match_put_ports(struct msg *msg, u16 type,
			    const struct match_ports *ports)
{
	unsigned int i;
	size_t at;

	for (i = 0; i < ports->count; i++) {
		at = msg_nest(msg, type);
		msg_put_u16(msg, FINWAIT2_A_PORT_RANGE_FIRST,
			    ports->ranges[i].first);
		msg_put_u16(msg, FINWAIT2_A_PORT_RANGE_LAST,
			    ports->ranges[i].last);
		msg_nest_end(msg, at);
	}
}

/**
 * match_put() - write a match for the kernel
 * @msg: where to
 * @type: attribute to write it as; left out if it matches every socket
 * @match: the match
 */
void match_put(struct msg *msg, u16 type, const struct match *match)
{
	size_t at;

	if (!match->said)
		return;
	at = msg_nest(msg, type);
	if (match_says(match, MATCH_LOCAL))
		match_put_prefix(msg, FINWAIT2_A_MATCH_LOCAL_ADDR,
				 FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN,
				 &match->local);
	match_put_ports(msg, FINWAIT2_A_MATCH_LOCAL_PORT, &match->sport);
	if (match_says(match, MATCH_PEER))
		match_put_prefix(msg, FINWAIT2_A_MATCH_REMOTE_ADDR,
				 FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN,
				 &match->peer);
	match_put_ports(msg, FINWAIT2_A_MATCH_REMOTE_PORT, &match->dport);
	if (match_says(match, MATCH_MARK)) {
		msg_put_u32(msg, FINWAIT2_A_MATCH_MARK, match->mark);
		if (match->mask != UINT32_MAX)
			msg_put_u32(msg, FINWAIT2_A_MATCH_MASK, match->mask);
	}
	if (match_says(match, MATCH_UID))
		msg_put_u32(msg, FINWAIT2_A_MATCH_UID, match->uid);
	if (match_says(match, MATCH_CGROUP))
		msg_put_text(msg, FINWAIT2_A_MATCH_CGROUP, match->cgroup);
	if (match_says(match, MATCH_DEV))
		msg_put_text(msg, FINWAIT2_A_MATCH_DEVICE, match->dev);
	if (match_says(match, MATCH_CLASS))
		msg_put_u32(msg, FINWAIT2_A_MATCH_CLASS, match->classes);
	msg_nest_end(msg, at);
}

static int match_get_prefix(struct match_prefix *prefix,
			    const struct attr *addr, const struct attr *bits)
{
	if (addr->len != 4 && addr->len != 16)
		return -1;
	prefix->len = addr->len;
	memcpy(prefix->addr, addr->bytes, addr->len);
	prefix->bits = bits->present ? bits->number : addr->len * 8;
	return prefix->bits > prefix->len * 8 ? -1 : 0;
}

static int match_get_range(const struct attr *nest, void *data)
{
	static const u8 kinds[] = {
		[FINWAIT2_A_PORT_RANGE_FIRST] = ATTR_U16,
		[FINWAIT2_A_PORT_RANGE_LAST] = ATTR_U16,
	};
	struct attr attrs[FINWAIT2_A_PORT_RANGE_MAX + 1];
	const struct attr *first = &attrs[FINWAIT2_A_PORT_RANGE_FIRST];
	const struct attr *last = &attrs[FINWAIT2_A_PORT_RANGE_LAST];
	struct match_ports *ports = data;
	struct match_range *range;

	if (attr_parse_nested(nest, kinds, attrs, ARRAY_SIZE(attrs)) ||
	    !first->present)
		return -1;
	/* Grown at each power of two. */
	if (!(ports->count & (ports->count - 1))) {
		const size_t room = ports->count ? 2 * ports->count : 1;

		ports->ranges = realloc(ports->ranges, room * sizeof(*range));
		if (!ports->ranges)
			err_no_memory();
	}
	range = &ports->ranges[ports->count++];
	range->first = first->number;
	range->last = last->present ? last->number : first->number;
	return range->last < range->first ? -1 : 0;
}

static int match_get_cgroup(struct match *match, const struct attr *attr)
{
	match->cgroup = malloc(MATCH_PATH + 1);
	if (!match->cgroup)
		err_no_memory();
	return attr_text(attr, match->cgroup, MATCH_PATH + 1);
}

/**
 * match_get() - read a match that the kernel has written
 * @match: where to store it, match_init() done, match_free() needed in any
 *	case
 * @nest: the attribute it is in
 *
 * Return: 0, or -1 if it is malformed.
 */
int match_get(struct match *match, const struct attr *nest)
{
	struct attr attrs[FINWAIT2_A_MATCH_MAX + 1];
	const struct attr *mask = &attrs[FINWAIT2_A_MATCH_MASK];
	static const u8 presence[MATCH_KEYS] = {
		[MATCH_LOCAL] = FINWAIT2_A_MATCH_LOCAL_ADDR,
		[MATCH_PEER] = FINWAIT2_A_MATCH_REMOTE_ADDR,
		[MATCH_MARK] = FINWAIT2_A_MATCH_MARK,
		[MATCH_UID] = FINWAIT2_A_MATCH_UID,
		[MATCH_CGROUP] = FINWAIT2_A_MATCH_CGROUP,
		[MATCH_DEV] = FINWAIT2_A_MATCH_DEVICE,
		[MATCH_CLASS] = FINWAIT2_A_MATCH_CLASS,
	};
	unsigned int i;

	if (attr_parse_nested(nest, match_kinds, attrs, ARRAY_SIZE(attrs)) ||
	    attr_each(nest, FINWAIT2_A_MATCH_LOCAL_PORT, match_get_range,
		      &match->sport) ||
	    attr_each(nest, FINWAIT2_A_MATCH_REMOTE_PORT, match_get_range,
		      &match->dport))
		return -1;
	for (i = 0; i < MATCH_KEYS; i++) {
		if (attrs[presence[i]].present)
			match->said |= 1U << i;
	}
	if (match->sport.count)
		match->said |= 1U << MATCH_SPORT;
	if (match->dport.count)
		match->said |= 1U << MATCH_DPORT;

	match->mark = attrs[FINWAIT2_A_MATCH_MARK].number;
	match->mask = mask->present ? mask->number : UINT32_MAX;
	match->uid = attrs[FINWAIT2_A_MATCH_UID].number;
	match->classes = attrs[FINWAIT2_A_MATCH_CLASS].number;
	if (match_says(match, MATCH_LOCAL) &&
	    match_get_prefix(&match->local,
			     &attrs[FINWAIT2_A_MATCH_LOCAL_ADDR],
			     &attrs[FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN]))
		return -1;
	if (match_says(match, MATCH_PEER) &&
	    match_get_prefix(&match->peer,
			     &attrs[FINWAIT2_A_MATCH_REMOTE_ADDR],
			     &attrs[FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN]))
		return -1;
	if (match_says(match, MATCH_CGROUP) &&
	    match_get_cgroup(match, &attrs[FINWAIT2_A_MATCH_CGROUP]))
		return -1;
	if (match_says(match, MATCH_DEV) &&
	    attr_text(&attrs[FINWAIT2_A_MATCH_DEVICE], match->dev,
		      sizeof(match->dev)))
		return -1;
	return 0;
}
