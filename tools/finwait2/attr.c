// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a generic netlink message
 *
 * Nothing about a message is taken for granted: an attribute that does not have
 * the length of its kind makes the whole message bad, and what a newer kernel
 * has added is skipped.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "attr.h"

static int attr_number(struct attr *attr, size_t size)
{
	u32 u32;
	u16 u16;

	if (attr->len != size)
		return -1;
	switch (size) {
	case sizeof(u16):
		memcpy(&u16, attr->bytes, size);
		attr->number = u16;
		return 0;
	case sizeof(u32):
		memcpy(&u32, attr->bytes, size);
		attr->number = u32;
		return 0;
	default:
		memcpy(&attr->number, attr->bytes, sizeof(attr->number));
		return 0;
	}
}

static int attr_read(struct attr *attr, enum attr_kind kind)
{
	switch (kind) {
	case ATTR_U16:
		return attr_number(attr, sizeof(u16));
	case ATTR_BE16:
		if (attr_number(attr, sizeof(u16)))
			return -1;
		attr->number = ntohs(attr->number);
		return 0;
	case ATTR_U32:
		return attr_number(attr, sizeof(u32));
	case ATTR_UINT:
		if (attr->len == sizeof(u32))
			return attr_number(attr, sizeof(u32));
		return attr_number(attr, sizeof(u64));
	case ATTR_FLAG:
		return attr->len ? -1 : 0;
	case ATTR_BYTES:
	case ATTR_IGNORE:
		break;
	}
	return 0;
}

/**
 * attr_parse() - read the attributes of a message
 * @nlh: the message, at least as long as its generic netlink header
 * @kinds: an enum attr_kind for each attribute, by its number
 * @attrs: where to store the attributes, by their number
 * @count: length of both arrays
 *
 * Return: 0, or -1 if the message is malformed.
 */
int attr_parse(const struct nlmsghdr *nlh, const u8 *kinds,
	       struct attr *attrs, unsigned int count)
{
	const struct nlattr *nla = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
	const char *end = (const char *)nlh + nlh->nlmsg_len;

	memset(attrs, 0, count * sizeof(*attrs));
	for (; mnl_attr_ok(nla, end - (const char *)nla);
	     nla = mnl_attr_next(nla)) {
		u16 type = mnl_attr_get_type(nla);
		struct attr *attr;

		if (type >= count || kinds[type] == ATTR_IGNORE)
			continue;
		attr = &attrs[type];
		attr->bytes = mnl_attr_get_payload(nla);
		attr->len = mnl_attr_get_payload_len(nla);
		attr->present = true;
		if (attr_read(attr, kinds[type]))
			return -1;
	}
	/* What is left is the beginning of an attribute, not one. */
	return (const char *)nla < end ? -1 : 0;
}
