/* SPDX-License-Identifier: GPL-2.0 */
/* The sockets that have been in FIN_WAIT_2 for a while */
#ifndef _FW2_TABLE_H
#define _FW2_TABLE_H

#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "policy.h"

struct fw2_net;
struct net;
struct sock;

#define FW2_SHARD_BITS	4
#define FW2_SHARDS	BIT(FW2_SHARD_BITS)

/* Spread over all bits: shard, bucket and nest are taken from one value. */
static inline u32 fw2_hash(const struct sock *sk)
{
	return hash_ptr(sk, 32);
}

/**
 * struct fw2_entry - a tracked socket
 * @node: in its bucket
 * @member: on its gear's list of this shard, or on the shard's free list
 * @sk: the socket, a reference held
 * @fn: its namespace
 * @since: when it entered FIN_WAIT_2, or was found there; jiffies64
 * @active: when data was last received or read, as far as is known; jiffies64
 * @lrcv: icsk_ack.lrcvtime at the last look
 * @copied: tp->copied_seq at the last look
 * @ooo: tp->rcv_ooopack at the last look
 * @policy: what it is under, and what that was found for:
 * @epoch: fw2_net.epoch
 * @mark: sk_mark
 * @class: enum finwait2_class
 * @gear: how often it is looked at, see sweep.c
 * @flush: 0, or the reason of the flush that is being carried out
 * @rule: id of the rule it is under, or 0
 * @prio: priority of that rule
 * @probed: when probing began; jiffies, the low 32 bits
 * @probing: its peer is probed on our behalf
 * @asked: it has not answered a probe
 * @near: it will soon be due, and is in a quicker gear
 * @untold: what it is under may change, and only a look finds out
 * @still: nothing can happen to it but by a segment, or in time: see sweep.c
 * @observed: it was due, and observe mode let it stay
 * @activity: enum finwait2_activity, what @active is the time of
 *
 * All fields are under the lock of the shard.
 */
struct fw2_entry {
	struct hlist_node	node;
	struct list_head	member;
	struct sock		*sk;
	struct fw2_net		*fn;
	u64			since;
	u64			active;
	u32			lrcv;
	u32			copied;
	u32			ooo;
	struct fw2_policy	policy;
	u32			epoch;
	u32			mark;
	u32			rule;
	u32			prio;
	u32			probed;
	u8			class;
	u8			gear;
	u8			flush;
	u8			probing:1;
	u8			asked:1;
	u8			near:1;
	u8			untold:1;
	u8			still:1;
	u8			observed:1;
	u8			activity:2;
};

/**
 * struct fw2_shard - a part of the table
 * @lock: protects all of it; raw, as the probe takes it. Taken under a
 *	socket's lock or a bucket lock of the kernel's established hash; nothing
 *	but the scheduler's and the timers' locks is taken under it.
 * @buckets: hash heads
 * @free: entries taken out, to be used again or freed by the nursery's work
 * @nfree: how many these are
 */
struct fw2_shard {
	raw_spinlock_t		lock;
	struct hlist_head	*buckets;
	struct list_head	free;
	unsigned int		nfree;
} ____cacheline_aligned_in_smp;

extern struct fw2_shard fw2_shards[FW2_SHARDS];
extern unsigned int fw2_bucket_mask;

static inline struct fw2_shard *fw2_shard(u32 hash)
{
	return &fw2_shards[hash & (FW2_SHARDS - 1)];
}

static inline struct hlist_head *fw2_bucket(const struct fw2_shard *shard,
					    u32 hash)
{
	return &shard->buckets[(hash >> FW2_SHARD_BITS) & fw2_bucket_mask];
}

static inline unsigned int fw2_shard_index(const struct fw2_shard *shard)
{
	return shard - fw2_shards;
}

struct fw2_entry *fw2_entry_alloc(gfp_t gfp);
void fw2_entry_free(struct fw2_entry *e);

struct fw2_entry *fw2_table_find(struct fw2_shard *shard, u32 hash,
				 const struct sock *sk);
struct fw2_entry *fw2_table_reuse(struct fw2_shard *shard);
void fw2_table_insert(struct fw2_shard *shard, u32 hash, struct fw2_entry *e,
		      struct sock *sk, struct fw2_net *fn);
void fw2_table_remove(struct fw2_shard *shard, struct fw2_entry *e);

void fw2_table_visit(const struct net *net,
		     void (*visit)(struct fw2_entry *e, void *arg), void *arg);
void fw2_table_trim(void);
void fw2_table_drain(void);

int fw2_table_init(void);
void fw2_table_exit(void);

#endif
