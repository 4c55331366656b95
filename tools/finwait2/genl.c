// SPDX-License-Identifier: GPL-2.0
/*
 * Questions to the module over generic netlink, and the kernel's answers
 *
 * mnl_cb_run() ends a dump at the first message that says that the dump was
 * interrupted, which would lose the rest. Here, such a dump is read to its end
 * and the caller's user told that it may not be exact.
 *
 * Any process may send to a netlink socket, so what does not come from the
 * kernel is dropped.
 */
#include <errno.h>
#include <stdio.h>
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

/* What the kernel fills at most with one piece of a dump. */
#define GENL_BUFFER	32768

/**
 * struct genl - a socket to ask the module with
 * @mnl: the socket
 * @portid: its address
 * @seq: number of the last question
 * @family: number of the module's family
 * @interrupted: things changed while the kernel listed them
 * @buffer: the piece of an answer that is being read
 */
struct genl {
	struct mnl_socket *mnl;
	unsigned int portid;
	u32 seq;
	u16 family;
	bool interrupted;
	char buffer[GENL_BUFFER] __aligned(8);
};

static int genl_malformed(void)
{
	return err_failed("malformed answer from the kernel");
}

/*
 * Report what the kernel says against a question. The reason in words, if any,
 * comes in an attribute that follows @skip bytes of payload.
 */
static int genl_refused(const struct nlmsghdr *nlh, int error, size_t skip)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *nla;

	/* The family is gone: the module was unloaded between two questions. */
	if (error == ENOENT)
		return err_no_module();

	nla = (const void *)((const char *)mnl_nlmsg_get_payload(nlh) +
			     MNL_ALIGN(skip));
	for (; nlh->nlmsg_flags & NLM_F_ACK_TLVS && (const char *)nla < end &&
	     mnl_attr_ok(nla, end - (const char *)nla);
	     nla = mnl_attr_next(nla)) {
		int len = mnl_attr_get_payload_len(nla);

		if (mnl_attr_get_type(nla) == NLMSGERR_ATTR_MSG)
			return err_errno(error, "the kernel says: %.*s", len,
					 (const char *)mnl_attr_get_payload(nla));
	}
	return err_errno(error, "the kernel refuses to answer");
}

/* The end of an answer. An ack is an error message whose error is 0. */
static int genl_end(const struct nlmsghdr *nlh)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(int);
	int error;

	/* Both kinds begin with an error; old kernels may leave it out here. */
	if (nlh->nlmsg_type == NLMSG_DONE && len < sizeof(int))
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR && len < sizeof(*err))
		return genl_malformed();

	error = err->error;
	if (!error)
		return 0;
	if (error > 0 || error == INT32_MIN)
		return genl_malformed();
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (err->msg.nlmsg_len < sizeof(err->msg) ||
			    err->msg.nlmsg_len > len - sizeof(int))
				return genl_malformed();
			skip += err->msg.nlmsg_len - sizeof(err->msg);
		}
	}
	return genl_refused(nlh, -error, skip);
}

/* Read the next piece of an answer. */
static int genl_recv(struct genl *genl, int *len)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = {
		.iov_base = genl->buffer,
		.iov_len = sizeof(genl->buffer),
	};
	struct msghdr msg = {
		.msg_name = &from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t ret;

	do {
		msg.msg_namelen = sizeof(from);
		ret = recvmsg(mnl_socket_get_fd(genl->mnl), &msg, 0);
		if (ret < 0 && errno != EINTR)
			return err_errno(errno, "cannot read from netlink");
	} while (ret < 0 || msg.msg_namelen != sizeof(from) ||
		 from.nl_family != AF_NETLINK || from.nl_pid);

	if (!ret || msg.msg_flags & MSG_TRUNC)
		return genl_malformed();
	*len = ret;
	return 0;
}

/*
 * Read an answer to its end, and have @fn see each message of type @type and
 * command @cmd.
 */
static int genl_answer(struct genl *genl, u16 type, u8 cmd,
		       genl_fn *fn, void *data)
{
	const struct genlmsghdr *genlh;
	const struct nlmsghdr *nlh;
	int ret, len = 0;

	for (;;) {
		ret = genl_recv(genl, &len);
		if (ret)
			return ret;
		for (nlh = (const void *)genl->buffer; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != genl->seq ||
			    nlh->nlmsg_pid != genl->portid)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				genl->interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return genl_end(nlh);
			if (nlh->nlmsg_type == NLMSG_NOOP)
				continue;

			genlh = mnl_nlmsg_get_payload(nlh);
			if (nlh->nlmsg_type != type ||
			    mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN ||
			    genlh->cmd != cmd)
				return genl_malformed();
			ret = fn(nlh, data);
			if (ret)
				return ret < 0 ? genl_malformed() : ret;
		}
		if (len > 0)
			return genl_malformed();
	}
}

/* A question has room for the name of a family, the only thing it can hold. */
static int genl_ask(struct genl *genl, u16 type, u8 cmd,
		    u8 version, u16 flags, const char *name)
{
	char buffer[128] __aligned(8);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genlh;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++genl->seq;
	genlh = mnl_nlmsg_put_extra_header(nlh, sizeof(*genlh));
	genlh->cmd = cmd;
	genlh->version = version;
	if (name)
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);

	if (mnl_socket_sendto(genl->mnl, nlh, nlh->nlmsg_len) < 0)
		return err_errno(errno, "cannot write to netlink");
	return 0;
}

static int genl_family(const struct nlmsghdr *nlh, void *data)
{
	static const u8 kinds[] = {
		[CTRL_ATTR_FAMILY_ID] = ATTR_U16,
	};
	struct attr attrs[CTRL_ATTR_FAMILY_ID + 1];

	if (attr_parse(nlh, kinds, attrs, CTRL_ATTR_FAMILY_ID + 1) ||
	    !attrs[CTRL_ATTR_FAMILY_ID].present ||
	    attrs[CTRL_ATTR_FAMILY_ID].number < NLMSG_MIN_TYPE)
		return -1;
	*(u16 *)data = attrs[CTRL_ATTR_FAMILY_ID].number;
	return 0;
}

/**
 * genl_get_family() - ask what there is to know of a family
 * @genl: the socket
 * @name: name of the family
 * @fn: what to do with the answer
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_get_family(struct genl *genl, const char *name, genl_fn *fn,
		    void *data)
{
	int ret;

	ret = genl_ask(genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK,
		       name);
	if (!ret)
		ret = genl_answer(genl, GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, fn,
				  data);
	return ret;
}

static int genl_resolve(struct genl *genl)
{
	int ret;

	ret = genl_get_family(genl, FINWAIT2_FAMILY_NAME, genl_family,
			      &genl->family);
	if (!ret && !genl->family)
		ret = genl_malformed();
	return ret;
}

/**
 * genl_open() - get ready to ask the module
 * @genl: where to store the socket, for genl_close()
 *
 * It asks about the network namespace that the process is in now.
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_open(struct genl **genl)
{
	struct genl *new = calloc(1, sizeof(*new));
	int ret, on = 1;

	if (!new)
		err_no_memory();
	new->mnl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!new->mnl || mnl_socket_bind(new->mnl, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = err_errno(errno, "cannot open a netlink socket");
		genl_close(new);
		return ret;
	}
	new->portid = mnl_socket_get_portid(new->mnl);
	/* Kernels without these give shorter errors, which will do. */
	mnl_socket_setsockopt(new->mnl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(new->mnl, NETLINK_CAP_ACK, &on, sizeof(on));

	ret = genl_resolve(new);
	if (ret) {
		genl_close(new);
		return ret;
	}
	*genl = new;
	return 0;
}

/**
 * genl_close() - be done with asking
 * @genl: the socket
 */
void genl_close(struct genl *genl)
{
	if (genl->mnl)
		mnl_socket_close(genl->mnl);
	free(genl);
}

/**
 * genl_get() - ask for one thing
 * @genl: the socket
 * @cmd: the command
 * @fn: what to do with the answer
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_get(struct genl *genl, u8 cmd, genl_fn *fn, void *data)
{
	int ret;

	ret = genl_ask(genl, genl->family, cmd, FINWAIT2_FAMILY_VERSION,
		       NLM_F_ACK, NULL);
	if (!ret)
		ret = genl_answer(genl, genl->family, cmd, fn, data);
	return ret;
}

/**
 * genl_dump() - ask for all of a kind
 * @genl: the socket
 * @cmd: the command
 * @fn: what to do with each
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_dump(struct genl *genl, u8 cmd, genl_fn *fn, void *data)
{
	int ret;

	genl->interrupted = false;
	ret = genl_ask(genl, genl->family, cmd, FINWAIT2_FAMILY_VERSION,
		       NLM_F_DUMP, NULL);
	if (!ret)
		ret = genl_answer(genl, genl->family, cmd, fn, data);
	/* Not a failure: each thing told is true, one may be there or not. */
	if (!ret && genl->interrupted)
		err_failed("note: sockets came and went meanwhile, some may be missing");
	return ret;
}
