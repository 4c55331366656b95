/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_GENL_H
#define FINWAIT2_GENL_H

#include "util.h"

struct genl;
struct nlmsghdr;

/**
 * typedef genl_fn - what to do with a message of an answer
 * @nlh: the message, its generic netlink header checked to be there
 * @data: what the caller of the request gave
 *
 * Return: 0, a negative number if the message is malformed, or an exit status
 * to stop with, the error reported.
 */
typedef int genl_fn(const struct nlmsghdr *nlh, void *data);

int genl_open(struct genl **genl);
void genl_close(struct genl *genl);
int genl_get_family(struct genl *genl, const char *name, genl_fn *fn,
		    void *data);
int genl_get(struct genl *genl, u8 cmd, genl_fn *fn, void *data);
int genl_dump(struct genl *genl, u8 cmd, genl_fn *fn, void *data);

#endif
