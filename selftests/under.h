/* SPDX-License-Identifier: GPL-2.0 */
/* Is a socket under a rule? Asked of rules and of filters, which must agree */
#ifndef FW2_TEST_UNDER_H
#define FW2_TEST_UNDER_H

#include "fw2.h"
#include "rule.h"

static inline socklen_t fw2_address(bool ipv6, const char *text,
				    struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (ipv6) {
		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	inet_pton(AF_INET, text, &in->sin_addr);
	return sizeof(*in);
}

/* A connection between two addresses, all of it bound to a device, if any. */
static inline int fw2_connect_between(enum fw2_family family, const char *local,
				      const char *peer, const char *device,
				      struct fw2_pair *p)
{
	struct sockaddr_storage ss;
	char mapped[64];
	int listener, port;
	socklen_t len;

	snprintf(mapped, sizeof(mapped), "%s%s",
		 family == FW2_MAPPED ? "::ffff:" : "", local);
	len = fw2_address(family != FW2_V4, mapped, &ss);
	listener = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if ((device && setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, device,
				  strlen(device) + 1)) ||
	    bind(listener, (void *)&ss, len) || listen(listener, 1))
		return -1;
	port = htons(fw2_port(listener));

	len = fw2_address(family == FW2_V6, peer, &ss);
	p->peer = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if ((device && setsockopt(p->peer, SOL_SOCKET, SO_BINDTODEVICE, device,
				  strlen(device) + 1)) ||
	    bind(p->peer, (void *)&ss, len))
		return -1;
	len = fw2_address(family == FW2_V6, local, &ss);
	/* The port is at the same place in both. */
	((struct sockaddr_in *)&ss)->sin_port = port;
	if (connect(p->peer, (void *)&ss, len))
		return -1;
	p->local = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return p->local < 0 ? -1 : 0;
}

/* Does a rule get hold of the one socket, and does a filter find it? */
static inline int fw2_under_rule(const char *match, bool *filtered)
{
	struct fw2_told t;

	if (fw2_rules("prio 5 dport 9 interval 7\n"
		      "prio 7 %s interval 600000 orphan-interval 49000\n"
		      "prio 9 sport 9 interval 9\n", match) ||
	    fw2_socks(&t, match))
		return -1;
	*filtered = t.n == 1;
	if (fw2_socks(&t, "") || t.n != 1)
		return -2;
	switch (fw2_told(t, RULE)) {
	case 7:
		return 1;
	case -1:
		return 0;
	default:
		return -3;
	}
}

#define expect_match(want, ...) do {					\
	bool filtered_ = !(want);					\
	char match_[FW2_TEXT_MAX];					\
									\
	snprintf(match_, sizeof(match_), __VA_ARGS__);			\
	EXPECT_EQ(want, fw2_under_rule(match_, &filtered_))			\
		TH_LOG("rule: %s", match_);				\
	EXPECT_EQ(want, filtered_) TH_LOG("filter: %s", match_);	\
} while (0)

#define matches(...)	expect_match(true, __VA_ARGS__)
#define differs(...)	expect_match(false, __VA_ARGS__)

#endif
