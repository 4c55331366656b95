// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that the module does not tell of, as the kernel lists them
 *
 * Those in FIN_WAIT_2 that it leaves alone, subflows of MPTCP, are told apart by
 * the protocol on top of TCP. And those that listen.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "diag.h"
#include "err.h"
#include "nlmsg.h"

/* States of the kernel's, of which no header for programs has the numbers. */
#define DIAG_FIN_WAIT2	5
#define DIAG_LISTEN	10
#define DIAG_SEQ	1
#define DIAG_BUFFER	32768

static bool diag_is_mptcp(const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == INET_ULP_INFO_NAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			return !strcmp(mnl_attr_get_str(attr), "mptcp");
	}
	return false;
}

static int diag_subflow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	u64 *count = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct inet_diag_msg))
		return MNL_CB_ERROR;
	mnl_attr_for_each(attr, nlh, sizeof(struct inet_diag_msg)) {
		if (mnl_attr_get_type(attr) == INET_DIAG_ULP_INFO &&
		    diag_is_mptcp(attr))
			++*count;
	}
	return MNL_CB_OK;
}

/**
 * struct diag_listeners - what to do with sockets that listen
 * @fn: what to do with each
 * @data: what to give to @fn
 */
struct diag_listeners {
	diag_fn *fn;
	void *data;
};

static int diag_listener(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct diag_listeners *listeners = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return MNL_CB_ERROR;
	listeners->fn(ntohs(msg->id.idiag_sport), msg->idiag_inode,
		      listeners->data);
	return MNL_CB_OK;
}

/* Whether libmnl can be let loose on it. */
static bool diag_is_sound(const void *buffer, int len)
{
	const struct nlmsghdr *nlh = buffer;

	while (nlmsg_ok(nlh, len))
		nlh = mnl_nlmsg_next(nlh, &len);
	return len <= 0;
}

static bool diag_ask(struct mnl_socket *mnl, u8 family, u8 state)
{
	char buffer[128] __aligned(8);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = DIAG_SEQ;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = 1 << state;
	/* Of ULPs only what is asked for anyway: there is no bit for them. */
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	return mnl_socket_sendto(mnl, nlh, nlh->nlmsg_len) >= 0;
}

static bool diag_family(u8 family, u8 state, mnl_cb_t fn, void *data)
{
	struct mnl_socket *mnl = mnl_socket_open2(NETLINK_SOCK_DIAG,
						  SOCK_CLOEXEC);
	char *buffer;
	ssize_t len;
	int ret = MNL_CB_ERROR;

	if (!mnl)
		return false;
	buffer = malloc(DIAG_BUFFER);
	if (!buffer)
		err_no_memory();
	if (!mnl_socket_bind(mnl, 0, MNL_SOCKET_AUTOPID) &&
	    diag_ask(mnl, family, state)) {
		do {
			len = mnl_socket_recvfrom(mnl, buffer, DIAG_BUFFER);
			ret = len < 0 || !diag_is_sound(buffer, len) ?
			      MNL_CB_ERROR :
			      mnl_cb_run(buffer, len, DIAG_SEQ,
					 mnl_socket_get_portid(mnl),
					 fn, data);
		} while (ret > MNL_CB_STOP);
	}
	free(buffer);
	mnl_socket_close(mnl);
	return ret == MNL_CB_STOP;
}

static bool diag_families(u8 state, mnl_cb_t fn, void *data)
{
	/* A kernel without IPv6 has none of these, and answers with an error. */
	if (!diag_family(AF_INET, state, fn, data))
		return false;
	diag_family(AF_INET6, state, fn, data);
	return true;
}

/**
 * diag_count_mptcp() - count the subflows of MPTCP that are in FIN_WAIT_2
 * @count: where to store how many they are
 *
 * Return: whether the kernel could be asked.
 */
bool diag_count_mptcp(u64 *count)
{
	*count = 0;
	return diag_families(DIAG_FIN_WAIT2, diag_subflow, count);
}

/**
 * diag_listeners() - look at the sockets that listen
 * @fn: what to do with each
 * @data: what to give to @fn
 *
 * Return: whether the kernel could be asked.
 */
bool diag_listeners(diag_fn *fn, void *data)
{
	struct diag_listeners listeners = { fn, data };

	return diag_families(DIAG_LISTEN, diag_listener, &listeners);
}
