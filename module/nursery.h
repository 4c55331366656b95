/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that have just entered FIN_WAIT_2 */
#ifndef _FW2_NURSERY_H
#define _FW2_NURSERY_H

#include <linux/time64.h>
#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_net;
struct sock;

/* In the time of entry: both sides were shut. */
#define FW2_SHUT	1U

/**
 * fw2_nursery_age - for how long has a socket been here?
 * @since: what fw2_nursery_remove() said
 * @now: us, of the clock that tp->tcp_mstamp is read from
 *
 * Return: ms.
 */
static inline u32 fw2_nursery_age(u32 since, u64 now)
{
	return ((u32)now - (since & ~FW2_SHUT)) / USEC_PER_MSEC;
}

/**
 * fw2_nursery_class - of which class was a socket as it came?
 * @since: what fw2_nursery_remove() said
 */
static inline enum finwait2_class fw2_nursery_class(u32 since)
{
	return since & FW2_SHUT ? FINWAIT2_CLASS_SHUT : FINWAIT2_CLASS_HELD;
}

bool fw2_nursery_add(struct sock *sk, u32 hash);
s64 fw2_nursery_remove(struct sock *sk, u32 hash);
bool fw2_nursery_has(const struct sock *sk, u32 hash);

void fw2_nursery_arm(void);
void fw2_nursery_pace(unsigned long pace);
void fw2_nursery_flush(void);

int fw2_nursery_init(void);
void fw2_nursery_stop(void);
void fw2_nursery_exit(void);

#endif
