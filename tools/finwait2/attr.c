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
	u8 u8;

	if (attr->len != size)
		return -1;
	switch (size) {
	case sizeof(u8):
		memcpy(&u8, attr->bytes, size);
		attr->number = u8;
		return 0;
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
	case ATTR_U8:
		return attr_number(attr, sizeof(u8));
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

static struct attr attr_from(const struct nlattr *nla)
{
	return (struct attr) {
		.present = true,
		.bytes = mnl_attr_get_payload(nla),
		.len = mnl_attr_get_payload_len(nla),
	};
}

/**
 * attr_parse_nested() - read the attributes within another
 * @nest: the other
 * @kinds: an enum attr_kind for each attribute, by its number
 * @attrs: where to store the attributes, by their number
 * @count: length of both arrays
 *
 * Of those that may come several times, this stores the last: see attr_each().
 *
 * Return: 0, or -1 if it is malformed.
 */
int attr_parse_nested(const struct attr *nest, const u8 *kinds,
		      struct attr *attrs, unsigned int count)
{
	const struct nlattr *nla = nest->bytes;
	const char *end = (const char *)nest->bytes + nest->len;

	memset(attrs, 0, count * sizeof(*attrs));
	for (; mnl_attr_ok(nla, end - (const char *)nla);
	     nla = mnl_attr_next(nla)) {
		u16 type = mnl_attr_get_type(nla);

		if (type >= count || kinds[type] == ATTR_IGNORE)
			continue;
		attrs[type] = attr_from(nla);
		if (attr_read(&attrs[type], kinds[type]))
			return -1;
	}
	/* What is left is the beginning of an attribute, not one. */
	return (const char *)nla < end ? -1 : 0;
}

/**
 * attr_payload() - see the attributes of a message as if within another
 * @nlh: the message, at least as long as its generic netlink header
 *
 * Return: the other.
 */
struct attr attr_payload(const struct nlmsghdr *nlh)
{
	return (struct attr) {
		.present = true,
		.bytes = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
		.len = mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN,
	};
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
	const struct attr payload = attr_payload(nlh);

	return attr_parse_nested(&payload, kinds, attrs, count);
}

/**
 * attr_each() - look at all attributes of a type
 * @nest: what they are in
 * @type: the type
 * @fn: what to do with each, in order
 * @data: what to give to @fn
 *
 * Return: 0, what @fn stopped with, or -1 if @nest is malformed.
 */
int attr_each(const struct attr *nest, u16 type, attr_fn *fn, void *data)
{
	const struct nlattr *nla = nest->bytes;
	const char *end = (const char *)nest->bytes + nest->len;
	int ret;

	for (; mnl_attr_ok(nla, end - (const char *)nla);
	     nla = mnl_attr_next(nla)) {
		struct attr attr = attr_from(nla);

		if (mnl_attr_get_type(nla) != type)
			continue;
		ret = fn(&attr, data);
		if (ret)
			return ret;
	}
	return (const char *)nla < end ? -1 : 0;
}

/**
 * attr_text() - read a string
 * @attr: the attribute, whose payload may end in a NUL
 * @text: where to store it
 * @size: room for it and its NUL
 *
 * Return: 0, or -1 if it is empty or does not fit.
 */
int attr_text(const struct attr *attr, char *text, size_t size)
{
	const size_t len = strnlen(attr->bytes, attr->len);

	if (!len || len >= size)
		return -1;
	memcpy(text, attr->bytes, len);
	text[len] = '\0';
	return 0;
}
