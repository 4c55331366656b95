/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_ATTR_H
#define FINWAIT2_ATTR_H

#include "util.h"

struct nlmsghdr;

/* How to read an attribute. */
enum attr_kind {
	ATTR_IGNORE,
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
 * @bytes: its payload if it is not, for as long as the message is there
 * @len: length of @bytes
 */
struct attr {
	bool present;
	u64 number;
	const void *bytes;
	u16 len;
};

int attr_parse(const struct nlmsghdr *nlh, const u8 *kinds,
	       struct attr *attrs, unsigned int count);

#endif
