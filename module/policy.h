/* SPDX-License-Identifier: GPL-2.0 */
/* Which limits a socket is under */
#ifndef _FW2_POLICY_H
#define _FW2_POLICY_H

#include <linux/minmax.h>
#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_entry;
struct fw2_leaving;
struct fw2_limits;
struct fw2_net;
struct fw2_rule;
struct fw2_ruleset;
struct sock;

/**
 * struct fw2_policy - what applies to a socket, rules and sysctls together
 * @idle: how long it may be idle, jiffies; 0: for ever
 * @max_age: how long it may be in FIN_WAIT_2, jiffies; 0: for ever
 * @keepstart: silence after which its peer is probed, jiffies; 0: never
 * @keepstop: silence after which its peer is given up, jiffies; 0: never
 * @reason: what it is called when @idle has passed
 * @reset: a flush tells the peer
 * @observe: no flush, only a count of what would have been
 * @exempt: it is left alone, but by who asks for it; no time is set then
 */
struct fw2_policy {
	u32	idle;
	u32	max_age;
	u32	keepstart;
	u32	keepstop;
	u8	reason;
	u8	reset:1;
	u8	observe:1;
	u8	exempt:1;
};

/* The shorter of two limits: 0 is none, and so the longest. */
static inline u32 fw2_shorter(u32 a, u32 b)
{
	return min(a - 1, b - 1) + 1;
}

void fw2_policy(struct fw2_policy *p, const struct fw2_net *fn,
		const struct fw2_rule *rule, enum finwait2_class class);
unsigned int fw2_limits_shortest(const struct fw2_limits *limits);
bool fw2_marks_matter(const struct fw2_net *fn);

void fw2_judge(struct fw2_entry *e, enum finwait2_class class);
void fw2_count_young(const struct fw2_net *fn, const struct sock *sk,
		     struct fw2_leaving *l);
void fw2_count_entry(const struct fw2_entry *e, enum finwait2_way way, u32 ms);

#endif
