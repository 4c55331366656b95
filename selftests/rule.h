/* SPDX-License-Identifier: GPL-2.0 */
/* Requests with rules and filters in them, and what the kernel answers */
#ifndef FW2_TEST_RULE_H
#define FW2_TEST_RULE_H

#include "fw2.h"
#include "text.h"

/* A thousand rules. */
#define FW2_REQUEST_MAX	(1024 * 1024)

/* What a request came to: 0 or -errno, why, and where in it (-1: not said). */
struct fw2_answer {
	int	err;
	int	at;
	char	text[128];
};

struct fw2_request {
	struct nlmsghdr		*nlh;
	struct fw2_answer	answer;
};

static inline int fw2_family_id(void)
{
	int family = 0;

	fw2_talk(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, "finwait2",
		 fw2_family_cb, &family);
	return family;
}

static inline struct nlmsghdr *fw2_begin(struct fw2_request *r, int cmd,
					 int flags)
{
	struct genlmsghdr *genl;

	memset(r, 0, sizeof(*r));
	r->nlh = mnl_nlmsg_put_header(calloc(1, FW2_REQUEST_MAX));
	r->nlh->nlmsg_type = fw2_family_id();
	r->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	r->nlh->nlmsg_seq = time(NULL);
	genl = mnl_nlmsg_put_extra_header(r->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return r->nlh;
}

static int fw2_error_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	struct fw2_answer *answer = data;
	const struct nlattr *attr;

	answer->err = e->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return MNL_CB_STOP;
	mnl_attr_for_each(attr, nlh, sizeof(*e)) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(answer->text, sizeof(answer->text), "%s",
				 mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS)
			answer->at = mnl_attr_get_u32(attr);
	}
	return MNL_CB_STOP;
}

static int fw2_done_cb(const struct nlmsghdr *nlh, void *data)
{
	struct fw2_answer *answer = data;

	answer->err = *(int *)mnl_nlmsg_get_payload(nlh);
	return MNL_CB_STOP;
}

/* What the two above fill in comes with the data of the other. */
struct fw2_listener {
	struct fw2_answer	*answer;
	mnl_cb_t		cb;
	void			*data;
};

static inline int fw2_heard(const void *buf, int n, struct fw2_listener *l)
{
	const struct nlmsghdr *nlh = buf;
	int ret = MNL_CB_OK;

	for (; mnl_nlmsg_ok(nlh, n) && ret > MNL_CB_STOP;
	     nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_type == NLMSG_ERROR)
			ret = fw2_error_cb(nlh, l->answer);
		else if (nlh->nlmsg_type == NLMSG_DONE)
			ret = fw2_done_cb(nlh, l->answer);
		else if (l->cb)
			ret = l->cb(nlh, l->data);
	}
	return ret;
}

static inline struct mnl_socket *fw2_nl_open(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int one = 1, size = 2 * FW2_REQUEST_MAX;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		return NULL;
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_SNDBUFFORCE, &size,
		   sizeof(size));
	return nl;
}

/* Send it, and give all that is answered to @cb. */
static inline int fw2_ask(struct mnl_socket *nl, struct fw2_request *r,
			  mnl_cb_t cb, void *data)
{
	struct fw2_listener l = { &r->answer, cb, data };
	static char buf[65536];
	ssize_t n;

	memset(&r->answer, 0, sizeof(r->answer));
	r->answer.at = -1;
	if (mnl_socket_sendto(nl, r->nlh, r->nlh->nlmsg_len) < 0)
		return r->answer.err = -errno;
	r->answer.err = -EIO;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	} while (n > 0 && fw2_heard(buf, n, &l) > MNL_CB_STOP);
	return r->answer.err;
}

/* The same on a socket of its own; the request is gone then. */
static inline int fw2_end(struct fw2_request *r, mnl_cb_t cb, void *data)
{
	struct mnl_socket *nl = fw2_nl_open();
	int err = fw2_ask(nl, r, cb, data);

	mnl_socket_close(nl);
	free(r->nlh);
	r->nlh = NULL;
	return err;
}

#define fw2_format(line, format) do {					\
	va_list args_;							\
									\
	va_start(args_, format);						\
	vsnprintf(line, sizeof(line), format, args_);			\
	va_end(args_);							\
} while (0)

/* FINWAIT2_CMD_RULE_ADD and the like. */
static inline int fw2_attribute(format(printf, 2, 3))
fw2_rule(int cmd, const char *format, ...)
{
	struct fw2_request r;
	char line[FW2_TEXT_MAX];

	fw2_format(line, format);
	fw2_put_rule(fw2_begin(&r, cmd, 0), line);
	return fw2_end(&r, NULL, NULL);
}

#define fw2_rule_add(...)	fw2_rule(FINWAIT2_CMD_RULE_ADD, __VA_ARGS__)
#define fw2_rule_replace(...)	fw2_rule(FINWAIT2_CMD_RULE_REPLACE, __VA_ARGS__)
#define fw2_rule_del(prio)	fw2_rule(FINWAIT2_CMD_RULE_DEL, "prio %u", prio)

/* These rules and no others, a line each. */
static inline int fw2_attribute(format(printf, 1, 2))
fw2_rules(const char *format, ...)
{
	struct fw2_request r;
	char text[FW2_TEXT_MAX];

	fw2_format(text, format);
	fw2_put_rules(fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0), text);
	return fw2_end(&r, NULL, NULL);
}

static int fw2_rules_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_RULES_RULE)
			fw2_say_rule(data, attr);
	}
	return MNL_CB_OK;
}

/* The rules in force, as text. */
static inline int fw2_rules_get(char *text, size_t size)
{
	struct fw2_text t = { text, size };
	struct fw2_request r;

	text[0] = 0;
	fw2_begin(&r, FINWAIT2_CMD_RULE_GET, NLM_F_DUMP);
	return fw2_end(&r, fw2_rules_cb, &t);
}

/* What is counted of one rule; -1: there is no such rule. */
struct fw2_counts {
	uint32_t	prio;
	long long	matched, flushed, would_flush;
	bool		gone;
};

static int fw2_counts_cb(const struct nlmsghdr *nlh, void *data)
{
	struct fw2_counts *c = data, found = {};
	const struct nlattr *attr, *rule;

	mnl_attr_for_each(rule, nlh, sizeof(struct genlmsghdr)) {
		mnl_attr_for_each_nested(attr, rule) {
			switch (mnl_attr_get_type(attr)) {
			case FINWAIT2_A_RULE_PRIO:
				found.prio = mnl_attr_get_u32(attr);
				break;
			case FINWAIT2_A_RULE_MATCHED:
				found.matched = fw2_uint(attr);
				break;
			case FINWAIT2_A_RULE_FLUSHED:
				found.flushed = fw2_uint(attr);
				break;
			case FINWAIT2_A_RULE_WOULD_FLUSH:
				found.would_flush = fw2_uint(attr);
				break;
			case FINWAIT2_A_RULE_CGROUP_GONE:
				found.gone = true;
				break;
			}
		}
	}
	if (found.prio == c->prio)
		*c = found;
	return MNL_CB_OK;
}

static inline struct fw2_counts fw2_counts(uint32_t prio)
{
	struct fw2_counts c = { prio, -1, -1, -1 };
	struct fw2_request r;

	fw2_begin(&r, FINWAIT2_CMD_RULE_GET, NLM_F_DUMP);
	fw2_end(&r, fw2_counts_cb, &c);
	return c;
}

/* What the family tells of sockets: how many, and of the last one, all of it. */
struct fw2_told {
	int		n;
	bool		has[FINWAIT2_A_SOCK_MAX + 1];
	uint64_t	uint[FINWAIT2_A_SOCK_MAX + 1];
};

static int fw2_told_cb(const struct nlmsghdr *nlh, void *data)
{
	struct fw2_told *t = data;
	const struct nlattr *attr;
	int type, n = t->n + 1;

	memset(t, 0, sizeof(*t));
	t->n = n;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		type = mnl_attr_get_type(attr);
		if (type > FINWAIT2_A_SOCK_MAX)
			continue;
		t->has[type] = true;
		switch (mnl_attr_get_payload_len(attr)) {
		case 0:
			t->uint[type] = 1;
			break;
		case 1:
			t->uint[type] = mnl_attr_get_u8(attr);
			break;
		case 2:
			t->uint[type] = mnl_attr_get_u16(attr);
			break;
		case 4:
		case 8:
			t->uint[type] = fw2_uint(attr);
			break;
		}
	}
	return MNL_CB_OK;
}

#define fw2_told(t, what)	((t).has[FINWAIT2_A_SOCK_##what] ?	\
				 (long long)(t).uint[FINWAIT2_A_SOCK_##what] : -1)

static inline void fw2_put_filter(struct nlmsghdr *nlh, int attr,
				  const char *line, uint64_t cookie)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

	if (line[0])
		fw2_put_match(nlh, FINWAIT2_A_FILTER_MATCH, line);
	if (cookie)
		mnl_attr_put_u64(nlh, FINWAIT2_A_FILTER_COOKIE, cookie);
	mnl_attr_nest_end(nlh, nest);
}

/* The sockets that a filter means; "": all. */
static inline int fw2_socks(struct fw2_told *t, const char *line)
{
	struct fw2_request r;
	struct nlmsghdr *nlh;

	memset(t, 0, sizeof(*t));
	nlh = fw2_begin(&r, FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP);
	if (line[0])
		fw2_put_filter(nlh, FINWAIT2_A_SOCK_FILTER, line, 0);
	return fw2_end(&r, fw2_told_cb, t);
}

static inline uint64_t fw2_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	return cookie;
}

#endif
