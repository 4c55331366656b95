/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SOCK_H
#define FINWAIT2_SOCK_H

#include <linux/finwait2.h>
#include <net/if.h>
#include <netinet/in.h>

#include "attr.h"
#include "out.h"

struct filter;
struct nlmsghdr;

#define SOCK_ATTRS	(FINWAIT2_A_SOCK_MAX + 1)

/* Room for an end of a connection: an address, a device and a port. */
#define SOCK_END_SIZE	(INET6_ADDRSTRLEN + IF_NAMESIZE + 16)

/* Room for a cookie. */
#define SOCK_COOKIE_SIZE	20

int sock_parse(const struct nlmsghdr *nlh, struct attr *attrs);
int sock_parse_event(const struct nlmsghdr *nlh, struct attr *attrs);
void sock_local(const struct attr *attrs, char text[SOCK_END_SIZE]);
void sock_remote(const struct attr *attrs, char text[SOCK_END_SIZE]);
void sock_cookie(const struct attr *attrs, char text[SOCK_COOKIE_SIZE]);
void sock_print_ends(struct out *out, const struct attr *attrs, out_fn *print);

int sock_cmd_list(struct out *out, int argc, char **argv);

#endif
