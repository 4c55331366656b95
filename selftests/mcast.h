/* SPDX-License-Identifier: GPL-2.0 */
/* Listening to what the family tells */
#ifndef FW2_TEST_MCAST_H
#define FW2_TEST_MCAST_H

#include "fw2.h"
#include "rule.h"

struct fw2_group {
	const char *name;
	int id;
};

static int fw2_group_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *nest, *groups;
	struct fw2_group *g = data;

	mnl_attr_for_each(groups, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(groups) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(nest, groups) {
			const char *name = "";
			int id = 0;

			mnl_attr_for_each_nested(attr, nest) {
				if (mnl_attr_get_type(attr) ==
				    CTRL_ATTR_MCAST_GRP_NAME)
					name = mnl_attr_get_str(attr);
				if (mnl_attr_get_type(attr) ==
				    CTRL_ATTR_MCAST_GRP_ID)
					id = mnl_attr_get_u32(attr);
			}
			if (!strcmp(name, g->name))
				g->id = id;
		}
	}
	return MNL_CB_OK;
}

/* Somebody who listens to a group, and has room for so many bytes, or as usual. */
static inline struct mnl_socket *fw2_join(const char *name, int room)
{
	struct mnl_socket *nl = fw2_nl_open();
	struct fw2_group g = { .name = name };

	if (fw2_talk(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, "finwait2",
		     fw2_group_cb, &g) ||
	    (room && setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET,
				SO_RCVBUFFORCE, &room, sizeof(room))) ||
	    mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &g.id,
				  sizeof(g.id))) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

/*
 * What comes within some time, all events of one datagram: 0, -ETIME, or -ENOBUFS
 * if some were lost.
 */
static inline int fw2_hear(struct mnl_socket *nl, mnl_cb_t cb, void *data, int ms)
{
	struct pollfd pfd = { .fd = mnl_socket_get_fd(nl), .events = POLLIN };
	const struct nlmsghdr *nlh;
	const struct genlmsghdr *genl;
	char buf[16384];
	int n;

	if (poll(&pfd, 1, ms) != 1)
		return -ETIME;
	n = recv(pfd.fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, n);
	     nlh = mnl_nlmsg_next(nlh, &n)) {
		genl = mnl_nlmsg_get_payload(nlh);
		if (genl->cmd != FINWAIT2_CMD_EVENT_NTF)
			return -EBADMSG;
		cb(nlh, data);
	}
	return 0;
}

/* The next event, of a group that has one in each datagram. */
static inline int fw2_next(struct mnl_socket *nl, struct fw2_told *t, int ms)
{
	memset(t, 0, sizeof(*t));
	return fw2_hear(nl, fw2_told_cb, t, ms);
}

#endif
