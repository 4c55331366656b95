/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_GENL_H
#define FINWAIT2_GENL_H

#include "util.h"

struct genl;
struct msg;
struct nlmsghdr;

/**
 * struct genl_error - what the kernel has against a question
 * @error: errno; 0 if it was something else that failed, and was reported
 * @located: it said where in the question
 * @offset: where, in bytes from the beginning of the message
 * @text: the reason in words, or empty
 */
struct genl_error {
	int error;
	bool located;
	u32 offset;
	char text[256];
};

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
int genl_dump_some(struct genl *genl, struct msg *msg, genl_fn *fn,
		   void *data);
int genl_dump_again(struct genl *genl, u8 cmd, genl_fn *fn, void *data);
int genl_do(struct genl *genl, struct msg *msg, genl_fn *fn, void *data,
	    struct genl_error *error);
int genl_report(const struct genl_error *error, const char *where);

#endif
