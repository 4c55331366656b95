/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_MCAST_H
#define FINWAIT2_MCAST_H

#include "util.h"

struct mcast;
struct nlmsghdr;

#define MCAST_GROUPS	3

/**
 * typedef mcast_fn - what to do with an event
 * @nlh: the message, its generic netlink header checked to be there
 * @group: which group it was sent to, by its place in mcast_open()'s @groups
 * @data: what the caller of mcast_read() gave
 *
 * Return: 0, a negative number if the message is malformed, or an exit status
 * to stop with, the error reported.
 */
typedef int mcast_fn(const struct nlmsghdr *nlh, unsigned int group,
		     void *data);

int mcast_open(struct mcast **mcast, const char * const *groups,
	       unsigned int count);
void mcast_close(struct mcast *mcast);
int mcast_fd(const struct mcast *mcast);
int mcast_read(struct mcast *mcast, mcast_fn *fn, void *data);

#endif
