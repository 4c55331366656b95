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
#include "msg.h"
#include "nlmsg.h"

/* What the kernel fills at most with one piece of a dump. */
#define GENL_BUFFER	32768

/* What the kernel needs of a send buffer next to the message. */
#define GENL_OVERHEAD	4096

/**
 * struct genl - a socket to ask the module with
 * @mnl: the socket
 * @portid: its address
 * @seq: number of the last question
 * @family: number of the module's family
 * @interrupted: things changed while the kernel listed them
 * @answered: the answer is more than that it went well
 * @error: where to note what the kernel refuses; NULL to report it
 * @buffer: the piece of an answer that is being read
 */
struct genl {
	struct mnl_socket *mnl;
	unsigned int portid;
	u32 seq;
	u16 family;
	bool interrupted;
	bool answered;
	struct genl_error *error;
	char buffer[GENL_BUFFER] __aligned(8);
};

static int genl_malformed(void)
{
	return err_failed("malformed answer from the kernel");
}

/**
 * genl_report() - report what the kernel has against a question
 * @error: what it said
 * @where: what comes first in the message, an empty string or "FILE:LINE: "
 *
 * Return: the exit status.
 */
int genl_report(const struct genl_error *error, const char *where)
{
	if (!error->error)
		return STATUS_FAILED;
	if (*error->text)
		return err_errno(error->error, "%sthe kernel says: %s", where,
				 error->text);
	switch (error->error) {
	case ENOENT:
		/* The family is gone: unloaded between two questions. */
		return err_no_module();
	case EOPNOTSUPP:
		return err_failed("%sthe finwait2 module is older than this "
				  "program, and cannot do that",
				  where);
	}
	return err_errno(error->error, "%sthe kernel refuses to answer", where);
}

/*
 * Take in what the kernel says against a question. The reason in words and the
 * place, if any, come in attributes that follow @skip bytes of payload.
 */
static int genl_refused(const struct genl *genl, const struct nlmsghdr *nlh,
			int error, size_t skip)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	struct genl_error refusal = { .error = error };
	const struct nlattr *nla;

	nla = (const void *)((const char *)mnl_nlmsg_get_payload(nlh) +
			     MNL_ALIGN(skip));
	for (; nlh->nlmsg_flags & NLM_F_ACK_TLVS && (const char *)nla < end &&
	     mnl_attr_ok(nla, end - (const char *)nla);
	     nla = mnl_attr_next(nla)) {
		const void *payload = mnl_attr_get_payload(nla);
		int len = mnl_attr_get_payload_len(nla);

		switch (mnl_attr_get_type(nla)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(refusal.text, sizeof(refusal.text), "%.*s",
				 len, (const char *)payload);
			break;
		case NLMSGERR_ATTR_OFFS:
			if (len != sizeof(refusal.offset))
				return genl_malformed();
			memcpy(&refusal.offset, payload, len);
			refusal.located = true;
			break;
		}
	}
	if (!genl->error)
		return genl_report(&refusal, "");
	*genl->error = refusal;
	return STATUS_FAILED;
}

/* The end of an answer. An ack is an error message whose error is 0. */
static int genl_end(const struct genl *genl, const struct nlmsghdr *nlh)
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
	return genl_refused(genl, nlh, -error, skip);
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
 * command @cmd. Without @fn, the answer must be no more than whether it went
 * well.
 */
static int genl_answer(struct genl *genl, u16 type, u8 cmd,
		       genl_fn *fn, void *data)
{
	const struct genlmsghdr *genlh;
	const struct nlmsghdr *nlh;
	int ret, len = 0;

	genl->answered = false;
	for (;;) {
		ret = genl_recv(genl, &len);
		if (ret)
			return ret;
		for (nlh = (const void *)genl->buffer; nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != genl->seq ||
			    nlh->nlmsg_pid != genl->portid)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				genl->interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return genl_end(genl, nlh);
			if (nlh->nlmsg_type == NLMSG_NOOP)
				continue;

			genlh = mnl_nlmsg_get_payload(nlh);
			if (!fn || nlh->nlmsg_type != type ||
			    mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN ||
			    genlh->cmd != cmd)
				return genl_malformed();
			genl->answered = true;
			ret = fn(nlh, data);
			if (ret)
				return ret < 0 ? genl_malformed() : ret;
		}
		if (len > 0)
			return genl_malformed();
	}
}

/*
 * The kernel takes no message that is longer than the send buffer. Root may
 * have one of any size, others up to net.core.wmem_max.
 */
static void genl_room(const struct genl *genl, size_t len)
{
	const int fd = mnl_socket_get_fd(genl->mnl);
	int size = len + GENL_OVERHEAD;

	if (len <= GENL_BUFFER || len > INT32_MAX / 4)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int genl_ask(struct genl *genl, u16 type, u16 flags, struct msg *msg)
{
	struct nlmsghdr *nlh = msg_header(msg);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++genl->seq;

	genl_room(genl, nlh->nlmsg_len);
	if (mnl_socket_sendto(genl->mnl, nlh, nlh->nlmsg_len) >= 0)
		return 0;
	if (errno == EMSGSIZE)
		return err_failed("cannot write %u bytes to netlink: more "
				  "than net.core.wmem_max allows",
				  nlh->nlmsg_len);
	return err_errno(errno, "cannot write to netlink");
}

/* Ask the module, and read the answer. */
static int genl_request(struct genl *genl, u16 flags, struct msg *msg,
			genl_fn *fn, void *data)
{
	const struct genlmsghdr *genlh =
		mnl_nlmsg_get_payload(msg_header(msg));
	int ret;

	ret = genl_ask(genl, genl->family, flags, msg);
	if (!ret)
		ret = genl_answer(genl, genl->family, genlh->cmd, fn, data);
	return ret;
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
	struct genl_error error = { 0 };
	struct msg msg;
	int ret;

	msg_init(&msg, CTRL_CMD_GETFAMILY, 1);
	msg_put_text(&msg, CTRL_ATTR_FAMILY_NAME, name);
	genl->error = &error;
	ret = genl_ask(genl, GENL_ID_CTRL, NLM_F_ACK, &msg);
	if (!ret)
		ret = genl_answer(genl, GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, fn,
				  data);
	if (!ret && !genl->answered)
		ret = genl_malformed();
	genl->error = NULL;
	msg_free(&msg);
	if (error.error == ENOENT)
		return err_no_module();
	if (error.error)
		return genl_report(&error, "");
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
 * genl_do() - have the module do something
 * @genl: the socket
 * @msg: the question
 * @fn: what to do with the answer; NULL if there is none but success
 * @data: what to give to @fn
 * @error: where to note what the kernel refuses, for genl_report(); NULL to
 *	report it
 *
 * Return: 0 or the exit status, the error reported or noted.
 */
int genl_do(struct genl *genl, struct msg *msg, genl_fn *fn, void *data,
	    struct genl_error *error)
{
	int ret;

	if (error)
		memset(error, 0, sizeof(*error));
	genl->error = error;
	ret = genl_request(genl, NLM_F_ACK, msg, fn, data);
	if (!ret && fn && !genl->answered)
		ret = genl_malformed();
	genl->error = NULL;
	return ret;
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
	struct msg msg;
	int ret;

	msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
	ret = genl_do(genl, &msg, fn, data, NULL);
	msg_free(&msg);
	return ret;
}

/**
 * genl_dump_some() - ask for those of a kind that a filter is for
 * @genl: the socket
 * @msg: the question, filter included
 * @fn: what to do with each
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_dump_some(struct genl *genl, struct msg *msg, genl_fn *fn,
		   void *data)
{
	int ret;

	genl->interrupted = false;
	ret = genl_request(genl, NLM_F_DUMP, msg, fn, data);
	/* Not a failure: each thing told is true, one may be there or not. */
	if (!ret && genl->interrupted)
		err_failed("note: sockets came and went meanwhile, some may be missing");
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
	struct msg msg;
	int ret;

	msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
	ret = genl_dump_some(genl, &msg, fn, data);
	msg_free(&msg);
	return ret;
}

/**
 * genl_dump_again() - ask for all of a kind, as is done time and again
 * @genl: the socket
 * @cmd: the command
 * @fn: what to do with each
 * @data: what to give to @fn
 *
 * Whoever does that knows that things come and go, and is not told.
 *
 * Return: 0 or the exit status, the error reported.
 */
int genl_dump_again(struct genl *genl, u8 cmd, genl_fn *fn, void *data)
{
	struct msg msg;
	int ret;

	msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
	ret = genl_request(genl, NLM_F_DUMP, &msg, fn, data);
	msg_free(&msg);
	return ret;
}
