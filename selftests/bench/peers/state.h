/* SPDX-License-Identifier: GPL-2.0 */
/* What the timer of a socket tells the process that destroys it */
#ifndef FW2_BENCH_STATE_H
#define FW2_BENCH_STATE_H

struct state_due {
	__be32	saddr;
	__be32	daddr;
	__u16	sport;	/* of the host */
	__be16	dport;
};

#endif
