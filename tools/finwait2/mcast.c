// SPDX-License-Identifier: GPL-2.0
/*
 * The module's multicast groups, and what the kernel sends to them
 *
 * With the module its family goes, and its groups. Of that the kernel's family
 * of families tells, in a group of its own, which is joined first: so there is
 * no moment at which the module could go unnoticed, unless that very message is
 * lost. After a loss, therefore, the family is asked for once more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "attr.h"
#include "err.h"
#include "genl.h"
#include "mcast.h"
#include "nlmsg.h"

/* The kernel doubles it: room for almost 20,000 events that are not read yet. */
#define MCAST_RCVBUF	(8 * 1024 * 1024)
/*
 * An event is shorter than 512 bytes. Those that come together, and news of a
 * family, are no longer than 8192.
 */
#define MCAST_BUFFER	16384

/**
 * struct mcast - a socket that listens
 * @genl: another one, to ask about families
 * @mnl: the socket
 * @family: number of the module's family
 * @names: groups to listen to
 * @ids: their numbers, 0 if there is no such group
 * @count: how many they are
 * @buffer: the message that is being read
 */
struct mcast {
	struct genl *genl;
	struct mnl_socket *mnl;
	u16 family;
	const char * const *names;
	u32 ids[MCAST_GROUPS];
	unsigned int count;
	char buffer[MCAST_BUFFER] __aligned(8);
};

/**
 * struct mcast_family - what to find out about a family
 * @id: where to store its number
 * @names: groups that are looked for
 * @ids: where to store their numbers
 * @count: how many they are
 */
struct mcast_family {
	u16 id;
	const char * const *names;
	u32 *ids;
	unsigned int count;
};

static int mcast_group(const struct nlattr *nest, struct mcast_family *family)
{
	const struct nlattr *attr;
	const char *name = NULL;
	unsigned int i;
	u32 id = 0;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
				return -1;
			name = mnl_attr_get_str(attr);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
				return -1;
			id = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (!name || !id)
		return -1;
	for (i = 0; i < family->count; i++) {
		if (!strcmp(name, family->names[i]))
			family->ids[i] = id;
	}
	return 0;
}

static int mcast_family(const struct nlmsghdr *nlh, void *data)
{
	static const u8 kinds[] = {
		[CTRL_ATTR_FAMILY_ID] = ATTR_U16,
		[CTRL_ATTR_MCAST_GROUPS] = ATTR_BYTES,
	};
	struct mcast_family *family = data;
	struct attr attrs[ARRAY_SIZE(kinds)];
	const struct attr *groups = &attrs[CTRL_ATTR_MCAST_GROUPS];
	const struct nlattr *attr;

	if (attr_parse(nlh, kinds, attrs, ARRAY_SIZE(kinds)) ||
	    !attrs[CTRL_ATTR_FAMILY_ID].present)
		return -1;
	family->id = attrs[CTRL_ATTR_FAMILY_ID].number;
	/* A family without groups says nothing of them. */
	if (!groups->present)
		return 0;
	mnl_attr_for_each_payload(groups->bytes, groups->len) {
		if (mcast_group(attr, family))
			return -1;
	}
	return 0;
}

static int mcast_join(struct mcast *mcast, u32 id, const char *name)
{
	int group = id;

	if (mnl_socket_setsockopt(mcast->mnl, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return err_errno(errno, "cannot listen to the group \"%s\"",
				 name);
	return 0;
}

/* Learn of families that go, from before the module's is looked for. */
static int mcast_join_notify(struct mcast *mcast)
{
	static const char * const names[] = { "notify" };
	u32 id = 0;
	struct mcast_family family = {
		.names = names,
		.ids = &id,
		.count = ARRAY_SIZE(names),
	};
	int ret;

	ret = genl_get_family(mcast->genl, "nlctrl", mcast_family, &family);
	if (ret)
		return ret;
	if (!id)
		return err_failed("the kernel does not tell when a module goes");
	return mcast_join(mcast, id, names[0]);
}

/* The module's family, and its groups. */
static int mcast_resolve(struct mcast *mcast, u16 *id, u32 *ids)
{
	struct mcast_family family = {
		.names = mcast->names,
		.ids = ids,
		.count = mcast->count,
	};
	int ret;

	memset(ids, 0, mcast->count * sizeof(*ids));
	ret = genl_get_family(mcast->genl, FINWAIT2_FAMILY_NAME, mcast_family,
			      &family);
	*id = family.id;
	return ret;
}

static int mcast_join_module(struct mcast *mcast)
{
	unsigned int i;
	int ret;

	ret = mcast_resolve(mcast, &mcast->family, mcast->ids);
	for (i = 0; !ret && i < mcast->count; i++) {
		if (!mcast->ids[i])
			ret = err_failed("this module is too old to send \"%s\"",
					 mcast->names[i]);
		else
			ret = mcast_join(mcast, mcast->ids[i],
					 mcast->names[i]);
	}
	return ret;
}

static int mcast_socket(struct mcast *mcast)
{
	int size = MCAST_RCVBUF, on = 1;
	int fd;

	mcast->mnl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!mcast->mnl ||
	    mnl_socket_bind(mcast->mnl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(mcast->mnl, NETLINK_PKTINFO, &on,
				  sizeof(on)) < 0)
		return err_errno(errno, "cannot open a netlink socket");
	/* Without the privilege net.core.rmem_max is what it can have. */
	fd = mcast_fd(mcast);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

/**
 * mcast_open() - begin to listen
 * @mcast: where to store the socket, for mcast_close()
 * @groups: the groups to join, which must outlive it
 * @count: how many they are, up to MCAST_GROUPS
 *
 * Events are those of the network namespace that the process is in now.
 *
 * Return: 0 or the exit status, the error reported.
 */
int mcast_open(struct mcast **mcast, const char * const *groups,
	       unsigned int count)
{
	struct mcast *new = calloc(1, sizeof(*new));
	int ret;

	if (!new)
		err_no_memory();
	new->names = groups;
	new->count = count;
	ret = genl_open(&new->genl);
	if (!ret)
		ret = mcast_socket(new);
	if (!ret)
		ret = mcast_join_notify(new);
	if (!ret)
		ret = mcast_join_module(new);
	if (ret) {
		mcast_close(new);
		return ret;
	}
	*mcast = new;
	return 0;
}

/**
 * mcast_close() - be done with listening
 * @mcast: the socket
 */
void mcast_close(struct mcast *mcast)
{
	if (mcast->mnl)
		mnl_socket_close(mcast->mnl);
	if (mcast->genl)
		genl_close(mcast->genl);
	free(mcast);
}

/**
 * mcast_fd() - what to poll
 * @mcast: the socket
 *
 * Return: its file descriptor.
 */
int mcast_fd(const struct mcast *mcast)
{
	return mnl_socket_get_fd(mcast->mnl);
}

static int mcast_gone(void)
{
	return err_failed("the finwait2 module was unloaded");
}

/*
 * Messages were lost for lack of room. Which, the numbers of the events tell;
 * that the module went may be among them.
 */
static int mcast_overrun(struct mcast *mcast)
{
	u32 ids[MCAST_GROUPS];
	u16 family;
	int ret;

	ret = mcast_resolve(mcast, &family, ids);
	if (ret)
		return ret;
	/* One that was loaded since then has not been joined. */
	return family == mcast->family ? 0 : mcast_gone();
}

/* The group that a message was sent to; 0 if it was sent to this socket. */
static u32 mcast_sent_to(struct msghdr *msg)
{
	struct nl_pktinfo info = { 0 };
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_NETLINK &&
		    cmsg->cmsg_type == NETLINK_PKTINFO)
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
	}
	return info.group;
}

/* News of a family: of interest is that the module's has gone. */
static int mcast_news(const struct mcast *mcast, const struct nlmsghdr *nlh)
{
	static const u8 kinds[] = {
		[CTRL_ATTR_FAMILY_ID] = ATTR_U16,
	};
	const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(nlh);
	struct attr attrs[ARRAY_SIZE(kinds)];

	if (genlh->cmd != CTRL_CMD_DELFAMILY)
		return 0;
	if (attr_parse(nlh, kinds, attrs, ARRAY_SIZE(kinds)))
		return -1;
	return attrs[CTRL_ATTR_FAMILY_ID].number == mcast->family ?
	       mcast_gone() : 0;
}

static int mcast_message(const struct mcast *mcast, const struct nlmsghdr *nlh,
			 u32 id, mcast_fn *fn, void *data)
{
	const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(nlh);
	unsigned int i;

	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return -1;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return mcast_news(mcast, nlh);
	if (nlh->nlmsg_type != mcast->family ||
	    genlh->cmd != FINWAIT2_CMD_EVENT_NTF)
		return 0;
	for (i = 0; i < mcast->count; i++) {
		if (id == mcast->ids[i])
			return fn(nlh, i, data);
	}
	return 0;
}

/**
 * mcast_read() - read the next message, or wait for it
 * @mcast: the socket
 * @fn: what to do with an event
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int mcast_read(struct mcast *mcast, mcast_fn *fn, void *data)
{
	char control[CMSG_SPACE(sizeof(struct nl_pktinfo))] __aligned(8);
	struct sockaddr_nl from = { 0 };
	struct iovec iov = {
		.iov_base = mcast->buffer,
		.iov_len = sizeof(mcast->buffer),
	};
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const struct nlmsghdr *nlh;
	ssize_t size;
	int ret, len;

	size = recvmsg(mcast_fd(mcast), &msg, 0);
	if (size < 0 && errno == ENOBUFS)
		return mcast_overrun(mcast);
	if (size < 0)
		return errno == EINTR ? 0 :
		       err_errno(errno, "cannot read from netlink");
	/* As with answers: only the kernel is believed. */
	if (msg.msg_namelen != sizeof(from) ||
	    from.nl_family != AF_NETLINK || from.nl_pid)
		return 0;

	len = size;
	ret = msg.msg_flags & MSG_TRUNC ? -1 : 0;
	for (nlh = (const void *)mcast->buffer; !ret && nlmsg_ok(nlh, len);
	     nlh = mnl_nlmsg_next(nlh, &len))
		ret = mcast_message(mcast, nlh, mcast_sent_to(&msg), fn, data);
	if (!ret && len > 0)
		ret = -1;
	return ret < 0 ? err_failed("malformed event from the kernel") : ret;
}
