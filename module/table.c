// SPDX-License-Identifier: GPL-2.0
/*
 * The table of tracked sockets.
 *
 * A fixed number of shards, each with a lock, hash buckets and, for each
 * namespace, a list of its members. Sockets come in from the nursery or by
 * adoption, both in process context, so that memory may be waited for; they go
 * out in the probe, where nothing may sleep and, on PREEMPT_RT, not even the
 * slab allocator may be called. So the probe leaves entries on a free list, and
 * process context takes them from there.
 *
 * An entry holds a reference on its socket. The probe sees every socket leave
 * FIN_WAIT_2 and gives the reference back at once, so it prolongs no life; it
 * is there for the day the probe should not see one.
 */

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "keep.h"
#include "net.h"
#include "nursery.h"
#include "orphan.h"
#include "policy.h"
#include "pressure.h"
#include "sweep.h"
#include "table.h"

/* Entries a shard may keep for use again, and when to come and trim them. */
#define FW2_FREE_KEEP	16
#define FW2_FREE_HIGH	128

struct fw2_shard fw2_shards[FW2_SHARDS];
unsigned int fw2_bucket_mask __read_mostly;

static struct kmem_cache *fw2_entry_cache __read_mostly;

struct fw2_entry *fw2_entry_alloc(gfp_t gfp)
{
	return kmem_cache_alloc(fw2_entry_cache, gfp);
}

void fw2_entry_free(struct fw2_entry *e)
{
	if (e)
		kmem_cache_free(fw2_entry_cache, e);
}

/**
 * fw2_table_find - find a socket's entry
 * @shard: the shard of @hash, locked
 * @hash: fw2_hash() of @sk
 * @sk: socket
 *
 * Return: the entry, or NULL if the socket is not tracked.
 */
struct fw2_entry *fw2_table_find(struct fw2_shard *shard, u32 hash,
				 const struct sock *sk)
{
	struct fw2_entry *e;

	lockdep_assert_held(&shard->lock);

	hlist_for_each_entry(e, fw2_bucket(shard, hash), node) {
		if (e->sk == sk)
			return e;
	}
	return NULL;
}

/**
 * fw2_table_reuse - take an entry off the free list
 * @shard: a shard, locked
 *
 * Return: an entry, or NULL if there is none.
 */
struct fw2_entry *fw2_table_reuse(struct fw2_shard *shard)
{
	struct fw2_entry *e;

	lockdep_assert_held(&shard->lock);

	e = list_first_entry_or_null(&shard->free, struct fw2_entry, member);
	if (e) {
		list_del(&e->member);
		shard->nfree--;
	}
	return e;
}

/**
 * fw2_table_insert - put a socket into the table
 * @shard: the shard of @hash, locked
 * @hash: fw2_hash() of @sk
 * @e: the entry to use
 * @sk: a socket that cannot leave FIN_WAIT_2 unseen while @shard is locked
 * @fn: its namespace
 *
 * The caller hands over a reference on @sk, and sets the times.
 *
 * Context: process context.
 */
void fw2_table_insert(struct fw2_shard *shard, u32 hash, struct fw2_entry *e,
		      struct sock *sk, struct fw2_net *fn)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	lockdep_assert_held(&shard->lock);

	e->sk = sk;
	e->fn = fn;
	e->lrcv = READ_ONCE(inet_csk(sk)->icsk_ack.lrcvtime);
	e->copied = READ_ONCE(tp->copied_seq);
	e->ooo = READ_ONCE(tp->rcv_ooopack);
	e->rule = 0;
	e->flush = 0;
	e->probing = false;
	e->asked = false;
	e->observed = false;
	e->activity = FINWAIT2_ACTIVITY_ENTRY;
	INIT_LIST_HEAD(&e->member);
	hlist_add_head(&e->node, fw2_bucket(shard, hash));
	fw2_pressure_add(fn);
	fw2_judge(e, fw2_class(sk));
}

/**
 * fw2_table_remove - take an entry out of the table
 * @shard: its shard, locked
 * @e: entry; gone when this returns
 *
 * The reference on the socket becomes the caller's.
 *
 * Context: any, the probe included.
 */
void fw2_table_remove(struct fw2_shard *shard, struct fw2_entry *e)
{
	lockdep_assert_held(&shard->lock);

	hlist_del(&e->node);
	fw2_pressure_sub(e->fn);
	list_move(&e->member, &shard->free);
	if (++shard->nfree == FW2_FREE_HIGH)
		fw2_nursery_arm();
}

/**
 * fw2_table_visit - look at all tracked sockets of a namespace, but orphans
 * @net: namespace
 * @visit: called for each, its shard locked
 * @arg: passed to @visit
 *
 * Context: process context, may sleep. Sockets come and go meanwhile.
 */
void fw2_table_visit(const struct net *net,
		     void (*visit)(struct fw2_entry *e, void *arg), void *arg)
{
	unsigned int i;

	for (i = 0; i < FW2_SHARDS * (fw2_bucket_mask + 1); i++) {
		struct fw2_shard *shard = &fw2_shards[i % FW2_SHARDS];
		struct hlist_head *bucket = &shard->buckets[i / FW2_SHARDS];
		struct fw2_entry *e;
		unsigned long flags;

		if (hlist_empty(bucket))
			continue;
		raw_spin_lock_irqsave(&shard->lock, flags);
		hlist_for_each_entry(e, bucket, node) {
			if (net_eq(sock_net(e->sk), net) &&
			    !sock_flag(e->sk, SOCK_DEAD))
				visit(e, arg);
		}
		raw_spin_unlock_irqrestore(&shard->lock, flags);
		cond_resched();
	}
}

/**
 * fw2_table_trim - free what the probe has taken out
 *
 * Context: process context.
 */
void fw2_table_trim(void)
{
	struct fw2_shard *shard;
	struct fw2_entry *e, *next;
	unsigned long flags;

	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++) {
		LIST_HEAD(unused);

		if (READ_ONCE(shard->nfree) <= FW2_FREE_KEEP)
			continue;

		raw_spin_lock_irqsave(&shard->lock, flags);
		list_splice_init(&shard->free, &unused);
		shard->nfree = 0;
		raw_spin_unlock_irqrestore(&shard->lock, flags);

		list_for_each_entry_safe(e, next, &unused, member)
			fw2_entry_free(e);
		cond_resched();
	}
}

static void fw2_shard_drain(struct fw2_shard *shard)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i <= fw2_bucket_mask; i++) {
		struct hlist_head *bucket = &shard->buckets[i];

		raw_spin_lock_irqsave(&shard->lock, flags);
		while (!hlist_empty(bucket)) {
			struct fw2_entry *e = hlist_entry(bucket->first,
							  struct fw2_entry,
							  node);
			struct sock *sk = e->sk;
			bool probing = e->probing;

			fw2_table_remove(shard, e);
			raw_spin_unlock_irqrestore(&shard->lock, flags);
			if (probing)
				fw2_keep_release(sk);
			fw2_orphan_unmark(sk);
			sock_put(sk);
			raw_spin_lock_irqsave(&shard->lock, flags);
		}
		raw_spin_unlock_irqrestore(&shard->lock, flags);
		cond_resched();
	}
}

/**
 * fw2_table_drain - forget every socket, and leave it as it was
 *
 * Context: process context, may sleep; nothing puts sockets in any more.
 */
void fw2_table_drain(void)
{
	struct fw2_shard *shard;

	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++)
		fw2_shard_drain(shard);
}

/* As many buckets as there are for an eighth of all connections. */
static unsigned int fw2_table_buckets(void)
{
	unsigned int ehash = init_net.ipv4.tcp_death_row.hashinfo->ehash_mask + 1;

	return roundup_pow_of_two(clamp(ehash / 8, 2048U, 65536U)) / FW2_SHARDS;
}

int fw2_table_init(void)
{
	unsigned int n = fw2_table_buckets();
	struct fw2_shard *shard;

	fw2_entry_cache = KMEM_CACHE(fw2_entry, 0);
	if (!fw2_entry_cache)
		return -ENOMEM;

	fw2_bucket_mask = n - 1;
	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++) {
		raw_spin_lock_init(&shard->lock);
		INIT_LIST_HEAD(&shard->free);
		shard->buckets = kvcalloc(n, sizeof(*shard->buckets),
					  GFP_KERNEL);
		if (!shard->buckets) {
			fw2_table_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void fw2_table_exit(void)
{
	struct fw2_shard *shard;
	struct fw2_entry *e, *next;

	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++) {
		if (!shard->buckets)
			break;
		list_for_each_entry_safe(e, next, &shard->free, member)
			fw2_entry_free(e);
		kvfree(shard->buckets);
		shard->buckets = NULL;
	}
	kmem_cache_destroy(fw2_entry_cache);
}
