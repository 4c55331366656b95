/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SOCK_H
#define FINWAIT2_SOCK_H

#include <linux/finwait2.h>
#include <net/if.h>
#include <netinet/in.h>

#include "attr.h"

struct filter;
struct genl;
struct nlmsghdr;
struct out;

#define SOCK_ATTRS	(FINWAIT2_A_SOCK_MAX + 1)

/* Room for an end of a connection: an address, a device and a port. */
#define SOCK_END_SIZE	(INET6_ADDRSTRLEN + IF_NAMESIZE + 16)

/* Room for a cookie. */
#define SOCK_COOKIE_SIZE	20

/* How many sockets there are of each class. */
struct sock_counts {
	unsigned long long held;
	unsigned long long shut;
	unsigned long long orphan;
};

int sock_parse(const struct nlmsghdr *nlh, struct attr *attrs);
int sock_parse_event(const struct nlmsghdr *nlh, struct attr *attrs);
const char *sock_reason(u64 reason);
const char *sock_activity(u64 activity);
void sock_local(const struct attr *attrs, char text[SOCK_END_SIZE]);
void sock_remote(const struct attr *attrs, char text[SOCK_END_SIZE]);
void sock_cookie(const struct attr *attrs, char text[SOCK_COOKIE_SIZE]);
void sock_print_ends(struct out *out, const struct attr *attrs);

int sock_count(struct genl *genl, struct sock_counts *counts);
void sock_print_counts(struct out *out, const struct sock_counts *counts);

int sock_cmd_list(struct out *out, int argc, char **argv);

#endif
