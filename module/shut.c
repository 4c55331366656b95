// SPDX-License-Identifier: GPL-2.0
/*
 * Who shuts the read side of a socket in FIN_WAIT_2, too, comes under another
 * limit, most often a far shorter one. The state stays what it is, so that the
 * probe is not passed, and there is no other tracepoint: held sockets are looked
 * at as often as the shorter limit asks for.
 *
 * Where these are many, ftrace is asked to call in here as tcp_shutdown() is
 * called, which inet_shutdown() does with the socket locked, and sk_shutdown as it
 * will be. That costs each shutdown() of the host 110 instructions, and saves 15 a
 * second for each that waits. So it is given up when they have become few. Where
 * ftrace cannot do it, they are looked at as before.
 */

#include <linux/compiler.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "net.h"
#include "policy.h"
#include "pressure.h"
#include "shut.h"
#include "sweep.h"
#include "table.h"

/* How often it is asked whether there are still many, and how many are few. */
#define FW2_SHUT_PACE	(60 * HZ)
#define FW2_SHUT_FEW	(FW2_SHUT_MANY / 4)

static void fw2_shut_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fw2_shut_dwork, fw2_shut_work);

/* Written by the work item alone, before the epoch of each namespace goes on. */
static bool fw2_shut_on;
static bool fw2_shut_failed;

/*
 * If it is not in the table, it has yet to come there, and its class is looked up
 * then: with the lock of the shard held, so after this.
 */
static noinline void fw2_shut(struct sock *sk)
{
	u32 hash = fw2_hash(sk);
	struct fw2_shard *shard = fw2_shard(hash);
	struct fw2_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&shard->lock, flags);
	e = fw2_table_find(shard, hash, sk);
	if (e)
		fw2_judge(e, fw2_class(sk));
	raw_spin_unlock_irqrestore(&shard->lock, flags);
}

/* Called as tcp_shutdown(sk, how) is, for every TCP socket of the host. */
static notrace void fw2_shut_called(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops,
				    struct ftrace_regs *fregs)
{
	struct sock *sk = (struct sock *)ftrace_regs_get_argument(fregs, 0);
	int how = ftrace_regs_get_argument(fregs, 1);

	if (unlikely(how & RCV_SHUTDOWN && sk->sk_state == TCP_FIN_WAIT2))
		fw2_shut(sk);
}

/*
 * RECURSION: nothing that is called from here calls tcp_shutdown(), so ftrace need
 * not look out for that. PERMANENT: whoever turns kernel.ftrace_enabled off is told
 * that it is in use.
 */
static struct ftrace_ops fw2_shut_ops = {
	.func	= fw2_shut_called,
	.flags	= FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_PERMANENT |
		  FW2_FTRACE_OPS_FL_ARGS,
};

/* tcp_shutdown() itself is not exported by every kernel. */
static int fw2_shut_register(void)
{
	int err;

	err = ftrace_set_filter_ip(&fw2_shut_ops,
				   (unsigned long)tcp_prot.shutdown, 0, 0);
	if (!err)
		err = register_ftrace_function(&fw2_shut_ops);
	if (err)
		ftrace_free_filter(&fw2_shut_ops);
	return err;
}

static void fw2_shut_unregister(void)
{
	unregister_ftrace_function(&fw2_shut_ops);
	ftrace_free_filter(&fw2_shut_ops);
}

/* Have all that are tracked judged, and looked at, anew. */
static void fw2_shut_turn(bool on)
{
	WRITE_ONCE(fw2_shut_on, on);
	fw2_nets_for_each(fw2_net_rejudge);
}

static void fw2_shut_work(struct work_struct *work)
{
	int err;

	if (!fw2_shut_on) {
		err = fw2_shut_register();
		if (err) {
			pr_notice("finwait2: ftrace does not tell of shutdown() (error %d), so held sockets are looked at for it\n",
				  err);
			WRITE_ONCE(fw2_shut_failed, true);
			return;
		}
		fw2_shut_turn(true);
	} else if (fw2_tracked() < FW2_SHUT_FEW) {
		/* What happens before that is over is seen by the looks. */
		fw2_shut_turn(false);
		fw2_shut_unregister();
		return;
	}
	queue_delayed_work(fw2_wq, &fw2_shut_dwork,
			   round_jiffies_relative(FW2_SHUT_PACE));
}

/**
 * fw2_shut_told - are we told when a held socket is shut?
 *
 * Context: any. When the answer has changed, all are judged anew.
 */
bool fw2_shut_told(void)
{
	return READ_ONCE(fw2_shut_on);
}

/**
 * fw2_shut_want - there are FW2_SHUT_MANY held sockets that are looked at only to
 *	find out whether they are shut
 *
 * Context: process context.
 */
void fw2_shut_want(void)
{
	if (!READ_ONCE(fw2_shut_failed))
		queue_delayed_work(fw2_wq, &fw2_shut_dwork, 0);
}

/**
 * fw2_shut_exit - be told no more
 *
 * Context: process context, may sleep; nobody wants it any more. Nobody is in here
 * when this returns.
 */
void fw2_shut_exit(void)
{
	cancel_delayed_work_sync(&fw2_shut_dwork);
	if (fw2_shut_on)
		fw2_shut_unregister();
}
