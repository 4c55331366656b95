// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a datagram that no kernel should have sent like that
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "fake.h"
#include "nlmsg.h"

/* Larger than any buffer that is read into. */
#define SPOIL_LONGEST	(128 * 1024)

/* Deeper than any stack would like. */
#define SPOIL_DEEPEST	16000

/* In a run of a fuzzer, and where nobody waits for many of them. */
#define SPOIL_OFTEN	20000

/**
 * parcel_free() - forget a datagram
 * @parcel: the datagram
 */
void parcel_free(struct parcel *parcel)
{
	free(parcel->bytes);
	free(parcel);
}

/* Anything from nothing to too long; what is new is zero. */
static void spoil_size(struct parcel *parcel, size_t len)
{
	if (len > SPOIL_LONGEST)
		len = SPOIL_LONGEST;
	/* As long as it says and no longer: what is beyond is found out. */
	parcel->bytes = realloc(parcel->bytes, len ? len : 1);
	if (!parcel->bytes)
		abort();
	if (len > parcel->len)
		memset(parcel->bytes + parcel->len, 0, len - parcel->len);
	parcel->len = len;
}

static void spoil_put(struct parcel *parcel, size_t offset, const void *bytes,
		      size_t len)
{
	if (offset + len <= parcel->len)
		memcpy(parcel->bytes + offset, bytes, len);
}

/* A message into which the first of them is turned, as far as it has room. */
static struct nlmsghdr *spoil_header(struct parcel *parcel)
{
	if (parcel->len < sizeof(struct nlmsghdr))
		spoil_size(parcel, sizeof(struct nlmsghdr));
	return (struct nlmsghdr *)parcel->bytes;
}

/* Have each header in the datagram changed, as long as they can be found. */
static void spoil_headers(struct parcel *parcel, const struct spoil *spoil)
{
	struct nlmsghdr *nlh = spoil_header(parcel);
	int len = parcel->len;

	for (; nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		switch (spoil->op) {
		case SPOIL_SEQ:
			nlh->nlmsg_seq += spoil->value;
			break;
		case SPOIL_PID:
			nlh->nlmsg_pid += spoil->value;
			break;
		case SPOIL_INTR:
			nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
			break;
		case SPOIL_TYPE:
			nlh->nlmsg_type = spoil->value;
			break;
		case SPOIL_CMD:
			if (mnl_nlmsg_get_payload_len(nlh))
				*(u8 *)mnl_nlmsg_get_payload(nlh) =
					spoil->value;
			break;
		}
	}
}

/* An error in place of what was asked for; it may lie about what it is of. */
static void spoil_refuse(struct parcel *parcel, const struct spoil *spoil)
{
	struct nlmsghdr *nlh = spoil_header(parcel);
	struct nlmsgerr *err;

	spoil_size(parcel, MNL_NLMSG_HDRLEN + sizeof(*err));
	nlh = (struct nlmsghdr *)parcel->bytes;
	nlh->nlmsg_len = parcel->len;
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = 0;
	err = mnl_nlmsg_get_payload(nlh);
	memset(err, 0, sizeof(*err));
	err->error = -spoil->value;
	err->msg.nlmsg_len = sizeof(err->msg) + spoil->offset;
}

/* Attributes in attributes in attributes, in place of what there was. */
static void spoil_nest(struct parcel *parcel, const struct spoil *spoil)
{
	const size_t head = MNL_NLMSG_HDRLEN + GENL_HDRLEN;
	size_t depth = spoil->value % SPOIL_DEEPEST + 1, i;
	struct nlattr nla;

	spoil_size(parcel, head + depth * sizeof(nla));
	((struct nlmsghdr *)parcel->bytes)->nlmsg_len = parcel->len;
	for (i = 0; i < depth; i++) {
		nla.nla_len = (depth - i) * sizeof(nla);
		nla.nla_type = spoil->offset;
		memcpy(parcel->bytes + head + i * sizeof(nla), &nla,
		       sizeof(nla));
	}
}

static void spoil_noise(struct parcel *parcel, const struct spoil *spoil,
			const struct fake_plan *plan)
{
	size_t len = spoil->value, at = spoil->offset;

	if (at > parcel->len)
		at = parcel->len;
	if (len > plan->len)
		len = plan->len;
	if (at + len > parcel->len)
		spoil_size(parcel, at + len);
	if (len)
		memcpy(parcel->bytes + at, plan->noise, len);
}

static struct parcel *spoil_copy(const struct parcel *parcel)
{
	struct parcel *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *parcel;
	copy->next = NULL;
	copy->bytes = NULL;
	copy->len = 0;
	spoil_size(copy, parcel->len);
	if (parcel->len)
		memcpy(copy->bytes, parcel->bytes, parcel->len);
	return copy;
}

/* The same again and again, with the same numbers. */
static void spoil_repeat(struct parcel *parcel, u32 times)
{
	for (times %= SPOIL_OFTEN; times; times--) {
		parcel->next = spoil_copy(parcel);
		parcel = parcel->next;
	}
}

static void spoil_once(struct parcel *parcel, const struct spoil *spoil,
		       const struct fake_plan *plan)
{
	const u16 half = spoil->value;

	switch ((enum spoil_op)spoil->op) {
	case SPOIL_CUT:
		if (spoil->value < parcel->len)
			spoil_size(parcel, spoil->value);
		break;
	case SPOIL_GROW:
		spoil_size(parcel, parcel->len + spoil->value % SPOIL_LONGEST);
		break;
	case SPOIL_FLIP:
		if (parcel->len)
			parcel->bytes[spoil->offset % parcel->len] ^=
				spoil->value;
		break;
	case SPOIL_PUT16:
		spoil_put(parcel, spoil->offset, &half, sizeof(half));
		break;
	case SPOIL_PUT32:
		spoil_put(parcel, spoil->offset, &spoil->value,
			  sizeof(spoil->value));
		break;
	case SPOIL_SEQ:
	case SPOIL_PID:
	case SPOIL_INTR:
	case SPOIL_TYPE:
	case SPOIL_CMD:
		spoil_headers(parcel, spoil);
		break;
	case SPOIL_FROM:
		parcel->from = spoil->value;
		break;
	case SPOIL_TRUNC:
		parcel->cut = true;
		break;
	case SPOIL_REPEAT:
		spoil_repeat(parcel, spoil->value);
		break;
	case SPOIL_ERROR:
		parcel->error = spoil->value % 134;
		break;
	case SPOIL_REFUSE:
		spoil_refuse(parcel, spoil);
		break;
	case SPOIL_NEST:
		spoil_nest(parcel, spoil);
		break;
	case SPOIL_EMPTY:
		spoil_size(parcel, 0);
		break;
	case SPOIL_NOISE:
		spoil_noise(parcel, spoil, plan);
		break;
	case SPOIL_FILL:
		if (spoil->offset < parcel->len)
			memset(parcel->bytes + spoil->offset, spoil->value,
			       parcel->len - spoil->offset);
		break;
	case SPOIL_DROP:
	case SPOIL_OPS:
		break;
	}
}

/**
 * spoil_parcel() - do to a datagram what the plan wants
 * @parcel: the datagram, which this takes over
 * @plan: the plan
 * @number: which of all datagrams it is
 *
 * Return: what is left of it, and others that it was turned into; or NULL.
 */
struct parcel *spoil_parcel(struct parcel *parcel,
			    const struct fake_plan *plan, unsigned int number)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct spoil *spoil = &plan->spoils[i];

		if (spoil->at != SPOIL_EVERY && spoil->at != number)
			continue;
		if (spoil->op == SPOIL_DROP) {
			struct parcel *next;

			for (; parcel; parcel = next) {
				next = parcel->next;
				parcel_free(parcel);
			}
			return NULL;
		}
		spoil_once(parcel, spoil, plan);
		/* Those that it was turned into stay as they are. */
		if (parcel->next)
			break;
	}
	return parcel;
}
