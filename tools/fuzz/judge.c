// SPDX-License-Identifier: GPL-2.0
/*
 * Was that an answer?
 *
 * A second opinion on what the program has read, which knows nothing of what the
 * messages are about: they must follow each other without gaps, so must their
 * attributes, what was asked for must be there, and the end. A program that was
 * told less and is content has believed nonsense.
 */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "fake.h"

static void judge_say(struct judge *judge, const char *why)
{
	if (!judge->unsound)
		judge->unsound = why;
}

/**
 * judge_question() - there is a new question
 * @judge: the answer to the one before
 * @request: the question
 */
void judge_question(struct judge *judge, const struct nlmsghdr *request)
{
	/* The program may have had enough of the last one, if it says so. */
	if (judge->seq && !judge->ended)
		judge_say(judge, "an answer was not read to its end");
	judge->seq = request->nlmsg_seq;
	judge->ended = false;
	judge->answered = false;
	judge->answers = false;
	if (!(request->nlmsg_flags & NLM_F_DUMP)) {
		const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(request);

		judge->answers = request->nlmsg_type == GENL_ID_CTRL ||
				 genlh->cmd == FINWAIT2_CMD_STATS_GET ||
				 genlh->cmd == FINWAIT2_CMD_FLUSH;
	}
}

/* Length and type of each, up to the end. */
static bool judge_attrs(const char *at, size_t len)
{
	struct nlattr nla;
	size_t step;

	while (len) {
		if (len < sizeof(nla))
			return false;
		memcpy(&nla, at, sizeof(nla));
		if (nla.nla_len < sizeof(nla) || nla.nla_len > len)
			return false;
		step = MNL_ALIGN(nla.nla_len);
		if (step > len)
			step = len;
		at += step;
		len -= step;
	}
	return true;
}

static bool judge_message(const struct nlmsghdr *nlh)
{
	const size_t len = nlh->nlmsg_len - MNL_NLMSG_HDRLEN;

	return len >= GENL_HDRLEN &&
	       judge_attrs(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
			   len - GENL_HDRLEN);
}

static void judge_end(struct judge *judge, const struct nlmsghdr *nlh)
{
	const size_t len = nlh->nlmsg_len - MNL_NLMSG_HDRLEN;
	int error = 0;

	judge->ended = true;
	if (len >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		judge_say(judge, "an error without a number");
	if (error)
		judge_say(judge, "an error");
	else if (judge->answers && !judge->answered)
		judge_say(judge, "an ack in place of an answer");
}

/* What could be read at all: there is something, and it is all there. */
static bool judge_read(struct judge *judge, const struct parcel *parcel,
		       size_t room)
{
	if (parcel->error) {
		/* An overrun is no end for who listens; nor is a signal. */
		if (parcel->error != EINTR &&
		    (parcel->error != ENOBUFS || !parcel->group))
			judge_say(judge, "an errno");
		return false;
	}
	if (parcel->from)
		return false;
	if (parcel->cut || parcel->len > room) {
		judge_say(judge, "a datagram that was cut");
		return false;
	}
	return true;
}

/* The next message of a datagram; NULL if there is none, or only half of one. */
static const struct nlmsghdr *judge_next(struct judge *judge,
					 const struct parcel *parcel,
					 size_t *at)
{
	const struct nlmsghdr *nlh = (const void *)(parcel->bytes + *at);
	const size_t rest = *at < parcel->len ? parcel->len - *at : 0;

	if (!rest)
		return NULL;
	if (rest < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) ||
	    nlh->nlmsg_len > rest) {
		judge_say(judge, "half of a message");
		return NULL;
	}
	*at += MNL_ALIGN(nlh->nlmsg_len);
	return nlh;
}

/**
 * judge_answer() - look at a datagram that the program has read
 * @judge: the answer that it may be of
 * @parcel: the datagram, NULL if there was none to be read
 * @room: how much could be read
 */
void judge_answer(struct judge *judge, const struct parcel *parcel, size_t room)
{
	const struct nlmsghdr *nlh;
	size_t at = 0;

	if (!parcel) {
		judge_say(judge, "no end");
		return;
	}
	if (!judge_read(judge, parcel, room))
		return;
	if (!parcel->len)
		judge_say(judge, "an empty datagram");
	while (!judge->ended && (nlh = judge_next(judge, parcel, &at))) {
		if (nlh->nlmsg_seq != judge->seq ||
		    nlh->nlmsg_pid != FAKE_PORTID)
			continue;
		switch (nlh->nlmsg_type) {
		case NLMSG_NOOP:
			continue;
		case NLMSG_ERROR:
		case NLMSG_DONE:
			judge_end(judge, nlh);
			continue;
		}
		judge->answered = true;
		if (!judge_message(nlh))
			judge_say(judge, "attributes with a gap");
	}
}

/**
 * judge_event() - look at a datagram that the program has been told
 * @judge: what it was told
 * @parcel: the datagram
 * @room: how much could be read
 */
void judge_event(struct judge *judge, const struct parcel *parcel, size_t room)
{
	const struct nlmsghdr *nlh;
	size_t at = 0;

	if (!judge_read(judge, parcel, room))
		return;
	while ((nlh = judge_next(judge, parcel, &at))) {
		const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + GENL_HDRLEN)
			judge_say(judge, "an event without a command");
		else if (nlh->nlmsg_type == FAKE_FAMILY &&
			 genlh->cmd == FINWAIT2_CMD_EVENT_NTF &&
			 parcel->group > FAKE_NOTIFY && !judge_message(nlh))
			judge_say(judge, "attributes with a gap");
	}
}
