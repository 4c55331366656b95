/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_ATTR_H
#define FINWAIT2_ATTR_H

#include "util.h"

struct nlmsghdr;

/* How to read an attribute. */
enum attr_kind {
	ATTR_IGNORE,
	ATTR_U8,
	ATTR_U16,
	ATTR_BE16,
	ATTR_U32,
	ATTR_UINT,	/* 4 bytes, or 8 if it must */
	ATTR_FLAG,
	ATTR_BYTES,
};

/**
 * struct attr - an attribute as it was read
 * @present: the message has it
 * @number: its value, in host order, if it is a number
 * @bytes: its payload, for as long as the message is there
 * @len: length of @bytes
 */
struct attr {
	bool present;
	u64 number;
	const void *bytes;
	u32 len;
};

/**
 * typedef attr_fn - what to do with an attribute
 * @attr: the attribute, its payload not looked at
 * @data: what the caller gave
 *
 * Return: 0, or something else to stop with.
 */
typedef int attr_fn(const struct attr *attr, void *data);

int attr_parse(const struct nlmsghdr *nlh, const u8 *kinds,
	       struct attr *attrs, unsigned int count);
int attr_parse_nested(const struct attr *nest, const u8 *kinds,
		      struct attr *attrs, unsigned int count);
struct attr attr_payload(const struct nlmsghdr *nlh);
int attr_each(const struct attr *nest, u16 type, attr_fn *fn, void *data);
int attr_text(const struct attr *attr, char *text, size_t size);

#endif
