// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure: too many sockets in FIN_WAIT_2.
 *
 * Whoever opens connections and never closes them uses up memory for as long as
 * limits allow, and limits that suit everybody else are long. So these shrink as
 * sockets accumulate, as pf does it for its states: up to adaptive_start sockets
 * in a namespace they are what they say, at adaptive_end they are 0, and linear in
 * between. So those go that have used up most of their limits, and when they are
 * gone, limits are longer again: a survey of all tells how far they must shrink,
 * and no farther, for those that are left. The sweeps know nothing of that: they
 * would flush all that are above a share before anybody could see that some will
 * do. Who has been active within the last second is not touched, and nor is who is
 * exempt.
 *
 *   share of the limits
 *   100 % ________
 *                 \
 *                  \
 *                   \
 *     0 % ___________\____  sockets
 *              start  end
 *
 * That alone does not keep the number below adaptive_end: there are limits of 0,
 * which are none, and who comes faster than others go. At adaptive_end those that
 * have been idle for longest are flushed, whatever their limits, until it is below.
 *
 * A work item of the namespace counts four times a second, but only as long as there
 * is pressure; that there is, whoever puts a socket into the table finds out.
 *
 * And there is a number that all namespaces together may have, as the memory is
 * everybody's: max_tracked, of which those but the initial one have half. Where
 * that is reached, a socket is dropped, and adopted when there is room.
 */

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/percpu_counter.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "flush.h"
#include "net.h"
#include "pressure.h"
#include "sweep.h"
#include "tell.h"
#include "walk.h"

#define FW2_PRESSURE_PACE	(HZ / 4)

/* By default, a 128th of the memory for entries of 128 bytes. */
#define FW2_MAX_TRACKED_PART	SZ_16K
#define FW2_MAX_TRACKED_MIN	32768U

static unsigned int fw2_max_tracked __read_mostly;
module_param_named(max_tracked, fw2_max_tracked, uint, 0644);
MODULE_PARM_DESC(max_tracked,
		 "Sockets watched in all network namespaces together (0 at load: by the size of memory)");

/* Those in the tables, of all namespaces, and of all but the initial one. */
static struct percpu_counter fw2_all;
static struct percpu_counter fw2_others;

/**
 * fw2_room - may one more socket of a namespace be watched?
 * @fn: namespace
 *
 * Context: any but the probe. The answer is not exact where several ask at once.
 */
bool fw2_room(const struct fw2_net *fn)
{
	unsigned int max = READ_ONCE(fw2_max_tracked);

	if (percpu_counter_compare(&fw2_all, max) >= 0)
		return false;
	return net_eq(fn->net, &init_net) ||
	       percpu_counter_compare(&fw2_others, max / 2) < 0;
}

/**
 * fw2_tracked - how many sockets are there in the table, about?
 *
 * Context: any.
 */
u64 fw2_tracked(void)
{
	return percpu_counter_read_positive(&fw2_all);
}

/* Read now and then, and exactly where that matters. */
static void fw2_pressure_count(struct fw2_net *fn, int n)
{
	percpu_counter_add_batch(&fn->members, n, percpu_counter_batch);
	percpu_counter_add_batch(&fw2_all, n, percpu_counter_batch);
	if (!net_eq(fn->net, &init_net))
		percpu_counter_add_batch(&fw2_others, n, percpu_counter_batch);
}

/**
 * fw2_pressure_add - count a socket that comes into the table
 * @fn: its namespace
 *
 * Context: any; the locks of the counters are raw.
 */
void fw2_pressure_add(struct fw2_net *fn)
{
	fw2_pressure_count(fn, 1);
}

/**
 * fw2_pressure_sub - count a socket that goes
 * @fn: its namespace
 *
 * Context: any, the probe included.
 */
void fw2_pressure_sub(struct fw2_net *fn)
{
	fw2_pressure_count(fn, -1);
}

/* Who is exempt or only observed stays, however many there are. */
static bool fw2_survey_may(const struct fw2_policy *p)
{
	return !p->exempt && !p->observe;
}

/* What is left of a limit: a second at least, unless it is shorter. */
static u64 fw2_pressure_scaled(u32 limit, u32 scale)
{
	u64 scaled = (u64)limit * scale >> FW2_SCALE_SHIFT;

	return max_t(u64, scaled, min_t(u32, limit, HZ));
}

/**
 * fw2_pressure_due - when is a socket due, by what is left of its limits?
 * @e: its entry, its shard locked
 * @due: when it is by its limits; brought forward
 */
void fw2_pressure_due(const struct fw2_entry *e, struct fw2_due *due)
{
	const u32 scale = READ_ONCE(e->fn->scale);
	const struct fw2_policy *p = &e->policy;
	u64 at = FW2_NEVER;

	if (likely(scale == FW2_SCALE_ONE) || !fw2_survey_may(p))
		return;
	if (p->idle)
		at = e->active + fw2_pressure_scaled(p->idle, scale) + 1;
	/* Not who has been active within the last second. */
	if (p->max_age)
		at = min(at, max(e->since + fw2_pressure_scaled(p->max_age,
								scale),
				 e->active + HZ) + 1);
	if (at < due->at) {
		due->at = at;
		due->reason = FINWAIT2_REASON_PRESSURE;
	}
}

/* Where limits begin to shrink, and where nothing is left of them. */
struct fw2_ramp {
	u32	start;
	u32	end;
};

/* Returns false if there is no such thing. */
static bool fw2_pressure_ramp(const struct fw2_net *fn, struct fw2_ramp *ramp)
{
	ramp->start = READ_ONCE(fn->limits.adaptive_start);
	ramp->end = READ_ONCE(fn->limits.adaptive_end);
	if (!ramp->start || !ramp->end)
		return false;
	/* Two sysctls can say that, one after the other. */
	ramp->start = min(ramp->start, ramp->end - 1);
	return true;
}

/**
 * fw2_pressure_check - find out whether there are too many
 * @fn: namespace that has got more, or other limits
 *
 * Context: any but the probe.
 */
void fw2_pressure_check(struct fw2_net *fn)
{
	struct fw2_ramp ramp;

	if (!fw2_pressure_ramp(fn, &ramp) ||
	    percpu_counter_compare(&fn->members, ramp.start) <= 0)
		return;
	if (!test_and_set_bit(0, &fn->pressed))
		queue_delayed_work(fw2_wq, &fn->pressure, 0);
}

/*
 * Idle times, by octave, and four parts of each: how long is longest? Tenths of a
 * second are as fine as it need be.
 */
#define FW2_PARTS	4
#define FW2_OCTAVES	32

/* Idle times as shares of the limits, this fine. */
#define FW2_SHARES	256

/**
 * struct fw2_survey - how long those have been idle that may be flushed
 * @ages: how many, by their idle times
 * @shares: how many, by the share of their limits that these are
 */
struct fw2_survey {
	u32	ages[FW2_OCTAVES * FW2_PARTS];
	u32	shares[FW2_SHARES];
};

static unsigned int fw2_age_bucket(u64 idle)
{
	u32 t = min_t(u64, div_u64(idle * 10, HZ), U32_MAX);
	unsigned int octave;

	if (t < FW2_PARTS)
		return t;
	octave = ilog2(t) - 1;
	return octave * FW2_PARTS + (t >> (octave - 1)) - FW2_PARTS;
}

/* The bucket of a time since the last activity. */
static unsigned int fw2_idle_bucket(const struct fw2_policy *p, u64 since,
				    u64 active)
{
	return fw2_age_bucket(get_jiffies_64() - active);
}

/* The bucket of the share that has been used up of the limits. */
static unsigned int fw2_share_bucket(const struct fw2_policy *p, u64 since,
				     u64 active)
{
	u64 now = get_jiffies_64();
	u64 idle = now - active, age = now - since, used = 0;

	/* These are the last that go. */
	if (idle <= HZ)
		return 0;
	if (p->idle)
		used = div_u64(idle * FW2_SHARES, p->idle);
	if (p->max_age)
		used = max(used, div_u64(age * FW2_SHARES, p->max_age));
	return min_t(u64, used, FW2_SHARES - 1);
}

static void fw2_survey_visit(struct fw2_entry *e, void *arg)
{
	const struct fw2_policy *p = &e->policy;
	struct fw2_survey *s = arg;

	fw2_look(e);
	if (!fw2_survey_may(p))
		return;
	s->ages[fw2_idle_bucket(p, e->since, e->active)]++;
	s->shares[fw2_share_bucket(p, e->since, e->active)]++;
}

static void fw2_survey(const struct fw2_net *fn, struct fw2_survey *s)
{
	memset(s, 0, sizeof(*s));
	fw2_table_visit(fn->net, fw2_survey_visit, s);
}

/*
 * How far must limits shrink, if of @n sockets those go first that have used up
 * most of theirs, and no more than have to, so that those that are left have not
 * used up what they are left with? *@go becomes how many go.
 */
static u32 fw2_survey_scale(const struct fw2_survey *s,
			    const struct fw2_ramp *ramp, u64 n, u64 *go)
{
	const u64 width = ramp->end - ramp->start;
	unsigned int i;

	*go = 0;
	for (i = FW2_SHARES; i > 1; i--) {
		/* As many may stay as have used up no more than i of the parts. */
		u64 most = ramp->end - div_u64(width * i, FW2_SHARES);

		if (n - *go > most)
			*go += min_t(u64, n - *go - most, s->shares[i - 1]);
		if (n - *go <= most)
			return i * (FW2_SCALE_ONE / FW2_SHARES);
	}
	return 0;
}

/**
 * struct fw2_relief - who is to go so that there are fewer
 * @bucket_of: what is counted of a socket
 * @bucket: who is in a higher one goes
 * @some: how many of this one go, too
 * @left: how many are to go yet
 */
struct fw2_relief {
	unsigned int	(*bucket_of)(const struct fw2_policy *p, u64 since,
				     u64 active);
	unsigned int	bucket;
	u64		some;
	u64		left;
};

static int fw2_relief_visit(struct fw2_told *t, void *arg)
{
	u64 idle = get_jiffies_64() - t->active;
	struct fw2_relief *r = arg;
	unsigned int bucket;

	if (!r->left)
		return -ECANCELED;
	bucket = r->bucket_of(&t->policy, t->since, t->active);
	if (!fw2_survey_may(&t->policy) || bucket < r->bucket ||
	    (bucket == r->bucket && !r->some) ||
	    fw2_settle(t->sk, FW2_CAUSE_PRESSURE, idle) <= 0)
		return FW2_VISIT_STAYS;
	r->left--;
	if (bucket == r->bucket)
		r->some--;
	return FW2_VISIT_GONE;
}

/* Flush those @r->left sockets of a namespace that are in the highest buckets. */
static void fw2_pressure_relieve(const struct fw2_net *fn, struct fw2_relief *r,
				 const u32 *counts, unsigned int size)
{
	const struct fw2_filter all = { .tracked = true };
	struct fw2_place place = {};
	u64 higher = 0;

	if (!r->left)
		return;
	r->bucket = size;
	while (r->bucket && higher + counts[r->bucket - 1] < r->left)
		higher += counts[--r->bucket];
	if (r->bucket) {
		r->bucket--;
		r->some = r->left - higher;
	}
	fw2_walk(fn->net, &all, &place, fw2_relief_visit, r);
}

/* Say that it has begun, or has ended. */
static void fw2_pressure_tell(struct fw2_net *fn, u64 n, bool pressed)
{
	if (fn->pressure_told == pressed)
		return;
	fn->pressure_told = pressed;
	fw2_event_pressure(fn, pressed, n);
	pr_info_ratelimited("finwait2: %llu sockets in FIN_WAIT_2 in network namespace %u: %s\n",
			    n, fn->net->ns.inum, pressed ?
			    "more than tcp_fin_wait_2_adaptive_start, limits shrink" :
			    "limits are what they say again");
}

/* Have limits shrink as far as is called for, and see to it that this is enough. */
static void fw2_pressure_apply(struct fw2_net *fn, const struct fw2_ramp *ramp,
			       u64 n)
{
	struct fw2_relief by_share = { .bucket_of = fw2_share_bucket };
	struct fw2_relief by_idle = { .bucket_of = fw2_idle_bucket };
	struct fw2_survey *s = kmalloc_obj(*s, GFP_KERNEL);

	/* Without memory, the next time. */
	if (!s)
		return;
	fw2_survey(fn, s);
	WRITE_ONCE(fn->scale, fw2_survey_scale(s, ramp, n, &by_share.left));
	n -= by_share.left;
	fw2_pressure_relieve(fn, &by_share, s->shares, ARRAY_SIZE(s->shares));
	if (n >= ramp->end) {
		fw2_survey(fn, s);
		by_idle.left = n - ramp->end + 1;
		fw2_pressure_relieve(fn, &by_idle, s->ages, ARRAY_SIZE(s->ages));
	}
	kfree(s);
}

static void fw2_pressure_work(struct work_struct *work)
{
	struct fw2_net *fn = container_of(to_delayed_work(work),
					  struct fw2_net, pressure);
	u64 n = percpu_counter_sum_positive(&fn->members);
	struct fw2_ramp ramp;
	bool pressed;

	pressed = fw2_pressure_ramp(fn, &ramp) && n > ramp.start;
	fw2_pressure_tell(fn, n, pressed);
	if (pressed) {
		fw2_pressure_apply(fn, &ramp, n);
		queue_delayed_work(fw2_wq, &fn->pressure, FW2_PRESSURE_PACE);
		return;
	}
	WRITE_ONCE(fn->scale, FW2_SCALE_ONE);
	clear_bit(0, &fn->pressed);
	/* Who comes from now on and is not counted below arms it again. */
	smp_mb__after_atomic();
	fw2_pressure_check(fn);
}

/**
 * fw2_pressure_start - get a new namespace ready
 * @fn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int fw2_pressure_start(struct fw2_net *fn)
{
	fn->scale = FW2_SCALE_ONE;
	fn->pressed = 0;
	INIT_DELAYED_WORK(&fn->pressure, fw2_pressure_work);
	return percpu_counter_init(&fn->members, 0, GFP_KERNEL_ACCOUNT);
}

/**
 * fw2_pressure_cancel - let a namespace be that has no sockets any more
 * @fn: namespace
 *
 * Context: process context, may sleep.
 */
void fw2_pressure_cancel(struct fw2_net *fn)
{
	/* Nor has it room for any, should its counter be asked again. */
	set_bit(0, &fn->pressed);
	cancel_delayed_work_sync(&fn->pressure);
}

void fw2_pressure_free(struct fw2_net *fn)
{
	percpu_counter_destroy(&fn->members);
}

/* What tcp_init() makes of the size of its table; it is not exported. */
static unsigned int fw2_pressure_orphans(void)
{
	return (init_net.ipv4.tcp_death_row.hashinfo->ehash_mask + 1) / 2;
}

int fw2_pressure_init(void)
{
	int err;

	if (fw2_defaults.adaptive_end == FW2_ADAPTIVE_UNSAID)
		fw2_defaults.adaptive_end = fw2_pressure_orphans();
	if (fw2_defaults.adaptive_start == FW2_ADAPTIVE_UNSAID)
		fw2_defaults.adaptive_start = fw2_defaults.adaptive_end / 2;
	if (!fw2_max_tracked)
		fw2_max_tracked = clamp_t(u64, ((u64)totalram_pages() << PAGE_SHIFT) /
					       FW2_MAX_TRACKED_PART,
					  FW2_MAX_TRACKED_MIN, S32_MAX);

	err = percpu_counter_init(&fw2_all, 0, GFP_KERNEL);
	if (err)
		return err;
	err = percpu_counter_init(&fw2_others, 0, GFP_KERNEL);
	if (err)
		percpu_counter_destroy(&fw2_all);
	return err;
}

void fw2_pressure_exit(void)
{
	percpu_counter_destroy(&fw2_others);
	percpu_counter_destroy(&fw2_all);
}
