// SPDX-License-Identifier: GPL-2.0
/* A peer: ask inet_diag now and then who is in FIN_WAIT_2, and since when idle */

#include <linux/tcp.h>
#include <unistd.h>

#include "peer.h"

#define FIN_WAIT2	5

/* Those to be destroyed when the dump is over. */
struct overdue {
	unsigned int			limit;
	struct inet_diag_sockid		*ids;
	size_t				n, room;
};

static int look(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct overdue *o = data;
	const struct nlattr *attr;
	const struct tcp_info *info;

	mnl_attr_for_each(attr, nlh, sizeof(*msg)) {
		if (mnl_attr_get_type(attr) != INET_DIAG_INFO)
			continue;
		info = mnl_attr_get_payload(attr);
		if (info->tcpi_last_data_recv < o->limit)
			continue;
		if (o->n == o->room) {
			o->room = 2 * o->room + 1024;
			o->ids = realloc(o->ids, o->room * sizeof(*o->ids));
			if (!o->ids)
				peer_fail("realloc");
		}
		o->ids[o->n++] = msg->id;
	}
	return MNL_CB_OK;
}

static void dump(struct mnl_socket *nl, struct overdue *o)
{
	static char buf[65536];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;
	ssize_t n;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = AF_INET;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = 1 << FIN_WAIT2;
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		peer_fail("dump");
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	} while (n > 0 && mnl_cb_run(buf, n, 0, 0, look, o) > MNL_CB_STOP);
	if (n <= 0)
		peer_fail("dump");
}

int main(int argc, char **argv)
{
	struct overdue o = { .limit = peer_limit(argc, argv) * 1000 };
	struct mnl_socket *lister = peer_open(), *destroyer = peer_open();

	for (;;) {
		o.n = 0;
		dump(lister, &o);
		while (o.n > 0)
			peer_destroy(destroyer, &o.ids[--o.n]);
		sleep(PEER_PERIOD);
	}
}
