/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SOCK_H
#define FINWAIT2_SOCK_H

struct genl;
struct out;

/* How many sockets there are of each class. */
struct sock_counts {
	unsigned long long held;
	unsigned long long shut;
	unsigned long long orphan;
};

int sock_count(struct genl *genl, struct sock_counts *counts);
void sock_print_counts(struct out *out, const struct sock_counts *counts);

int sock_cmd_list(struct out *out, int argc, char **argv);

#endif
