/* SPDX-License-Identifier: GPL-2.0 */
/* What those share that do without the module: destroying a socket, loading BPF */
#ifndef FW2_BENCH_PEER_H
#define FW2_BENCH_PEER_H

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

/* How often those look that have nobody to tell them. */
#define PEER_PERIOD	10

static inline void peer_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int peer_limit(int argc, char **argv)
{
	if (argc == 2 && atoi(argv[1]) > 0)
		return atoi(argv[1]);
	fprintf(stderr, "usage: %s SECONDS\n", argv[0]);
	exit(2);
}

static inline struct mnl_socket *peer_open(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		peer_fail("sock_diag");
	return nl;
}

static inline void peer_destroy(struct mnl_socket *nl,
				const struct inet_diag_sockid *id)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = SOCK_DESTROY;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = AF_INET;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = -1;
	req->id = *id;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		peer_fail("SOCK_DESTROY");
}

#endif
