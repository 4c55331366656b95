/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that have just entered FIN_WAIT_2 */
#ifndef _FW2_NURSERY_H
#define _FW2_NURSERY_H

#include <asm/barrier.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_net;
struct sock;

#define FW2_SLOTS	4

/* In a slot's socket: it is being filled, or moved. */
#define FW2_BUSY	1UL

/* In the time of entry: both sides were shut. */
#define FW2_SHUT	1U

/**
 * struct fw2_slot - a socket's first moments
 * @sk: the socket and FW2_BUSY, see nursery.c
 * @since: tp->tcp_mstamp at entry, its low 32 bits, us; the lowest of them says
 *	instead whether both sides were shut, see FW2_SHUT
 * @copied: tp->copied_seq at entry
 */
struct fw2_slot {
	unsigned long	sk;
	u32		since;
	u32		copied;
};

struct fw2_nest {
	struct fw2_slot	slot[FW2_SLOTS];
} ____cacheline_aligned;

extern struct fw2_nest *fw2_nests;
extern unsigned int fw2_nest_mask;

static inline struct fw2_nest *fw2_nest(u32 hash)
{
	return &fw2_nests[hash & fw2_nest_mask];
}

/**
 * fw2_nursery_find - where is this socket, if it is here?
 * @sk: socket
 * @hash: its fw2_hash()
 *
 * Inline, as every connection that leaves FIN_WAIT_2 asks, and most are closed and
 * were never here.
 *
 * Context: as fw2_nursery_add(); or that shard of the table is locked, so that the
 * socket is not being moved.
 * Return: its slot, which is being cleared if it is being moved; NULL if it is not
 * here: if it is in the table then, that can be seen without the lock.
 */
static inline struct fw2_slot *fw2_nursery_find(const struct sock *sk, u32 hash)
{
	struct fw2_slot *slot = fw2_nest(hash)->slot;
	const struct fw2_slot *end = slot + FW2_SLOTS;

	do {
		/* Pairs with the release in fw2_nursery_move(). */
		unsigned long seen = smp_load_acquire(&slot->sk);

		if ((seen & ~FW2_BUSY) == (unsigned long)sk)
			return slot;
	} while (++slot < end);
	return NULL;
}

/**
 * fw2_nursery_take - clear the slot of a socket that leaves FIN_WAIT_2
 * @slot: its slot, see fw2_nursery_find()
 * @sk: socket
 * @since: where to store when it was noted, see fw2_nursery_age()
 *
 * Context: as fw2_nursery_add().
 * Return: whether its reference is the caller's now. If not, it is being moved: the
 * caller is to look into the table, with the lock.
 */
static inline bool fw2_nursery_take(struct fw2_slot *slot, const struct sock *sk,
				    u32 *since)
{
	unsigned long val = (unsigned long)sk;

	*since = READ_ONCE(slot->since);
	return cmpxchg(&slot->sk, val, 0) == val;
}

/**
 * fw2_nursery_age - for how long has a socket been here?
 * @since: what fw2_nursery_take() said
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
 * @since: what fw2_nursery_take() said
 */
static inline enum finwait2_class fw2_nursery_class(u32 since)
{
	return since & FW2_SHUT ? FINWAIT2_CLASS_SHUT : FINWAIT2_CLASS_HELD;
}

bool fw2_nursery_add(struct sock *sk, u32 hash);

void fw2_nursery_arm(void);
void fw2_nursery_pace(unsigned long pace);
int fw2_nursery_flush(void);

int fw2_nursery_init(void);
void fw2_nursery_stop(void);
void fw2_nursery_exit(void);

#endif
