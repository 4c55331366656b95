// SPDX-License-Identifier: GPL-2.0
/*
 * Orphans have a timer already: the kernel's. As a socket is closed in
 * FIN_WAIT_2, or enters it closed, tcp_fin_time() says how long it may stay:
 * tp->linger2, which is what TCP_LINGER2 sets, or net.ipv4.tcp_fin_timeout where
 * that is 0. Both places are announced by a call of the probe, just before:
 *
 *   tcp_rcv_state_process()  tcp_set_state(FIN_WAIT1 -> FIN_WAIT2), tcp_fin_time()
 *   __tcp_close()            tcp_close_state(): FIN_WAIT2 -> FIN_WAIT2, then
 *                            tcp_fin_time()
 *
 * So all there is to do is to set tp->linger2 there, unless the application has.
 * The one way to FIN_WAIT_2 and tcp_fin_time() that calls the probe too early is
 * a close() with SO_LINGER that waits for the ACK of the FIN; there, both sides
 * are shut when the socket enters, so it is set then.
 *
 * TCP_LINGER2 counts in whole seconds. Values of ours never are a whole number
 * of seconds: so they are known again, can be changed and taken back, and are
 * never mistaken for the application's.
 *
 * A time t above TCP_TIMEWAIT_LEN (60 s) is spent by the kernel as t - 60 s on
 * the keepalive timer and again t - 60 s as a timewait socket, 2t - 120 s in
 * all, and not t.
 *
 * When the interval is shortened, or the module goes, those who wait have their
 * timer brought forward to the time that is the rule from then on, counted from
 * then: for how long an orphan has waited is recorded nowhere. Who has more left
 * than the old rule gives to anybody owes it to TCP_LINGER2, and keeps it; who
 * owes less than that to TCP_LINGER2 cannot be told from the others.
 */

#include <linux/jiffies.h>
#include <linux/timer.h>
#include <net/inet_connection_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "ehash.h"
#include "net.h"
#include "orphan.h"

static bool fw2_orphan_marked(int linger)
{
	return linger > 0 && linger % HZ;
}

/* The value that makes the kernel spend half of @len twice. */
static int fw2_orphan_twice(unsigned long len)
{
	len = TCP_TIMEWAIT_LEN + DIV_ROUND_UP(len, 2);
	return len % HZ ? len : len + 1;
}

/**
 * fw2_orphan_linger - the value for tp->linger2 that makes an orphan stay
 * @interval: for how long, ms; 0: as long as the kernel thinks fit
 *
 * Return: jiffies, not a whole number of seconds; 0 for 0.
 */
int fw2_orphan_linger(unsigned int interval)
{
	/* A timer set n jiffies ahead fires within the n-th. */
	unsigned long len = msecs_to_jiffies(interval) + 1;

	if (!interval)
		return 0;
	if (len > TCP_TIMEWAIT_LEN)
		return fw2_orphan_twice(len);
	return len % HZ ? len : len + 1;
}

/**
 * fw2_orphan_mark - time a socket that is an orphan, or about to be
 * @sk: socket
 * @fn: its namespace
 *
 * Context: the probe: the socket is locked by the caller.
 */
void fw2_orphan_mark(struct sock *sk, const struct fw2_net *fn)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int linger = READ_ONCE(fn->linger);

	if (tp->linger2 == linger)
		return;
	if (!tp->linger2 || fw2_orphan_marked(tp->linger2))
		WRITE_ONCE(tp->linger2, linger);
}

/**
 * fw2_orphan_unmark - give a socket back as it was
 * @sk: socket; nothing is done to an orphan, see fw2_orphan_retime()
 *
 * Context: any; the application may be setting TCP_LINGER2 meanwhile, and wins.
 */
void fw2_orphan_unmark(struct sock *sk)
{
	int linger = READ_ONCE(tcp_sk(sk)->linger2);

	if (fw2_orphan_marked(linger) && !sock_flag(sk, SOCK_DEAD))
		cmpxchg(&tcp_sk(sk)->linger2, linger, 0);
}

/**
 * struct fw2_retiming - what changes for the orphans of a namespace
 * @net: the namespace
 * @linger: tp->linger2 for those on the keepalive timer
 * @was: how long an orphan could stay, jiffies
 * @is: how long it may stay, jiffies
 */
struct fw2_retiming {
	const struct net	*net;
	int			linger;
	long			was;
	long			is;
};

/* How long the kernel makes of tp->linger2, see the top of this file. */
static long fw2_orphan_stay(const struct net *net, int linger)
{
	if (!linger)
		linger = READ_ONCE(net->ipv4.sysctl_tcp_fin_timeout);
	if (linger > TCP_TIMEWAIT_LEN)
		return 2L * (linger - TCP_TIMEWAIT_LEN);
	return linger;
}

static void fw2_retime_timewait(struct inet_timewait_sock *tw,
				const struct fw2_retiming *r)
{
	long left = (long)(READ_ONCE(tw->tw_timer.expires) - jiffies);

	/* Not if it has expired: it is on its way out. */
	if (left <= r->is || left > r->was)
		return;
	mod_timer_pending(&tw->tw_timer, jiffies + r->is);

	/*
	 * The peer's FIN may have come in the meantime, for which no lock is
	 * taken: either this sees that it did, or its new time comes after ours.
	 */
	smp_mb();
	if (READ_ONCE(tw->tw_substate) != TCP_FIN_WAIT2)
		mod_timer_pending(&tw->tw_timer, jiffies + TCP_TIMEWAIT_LEN);
}

/*
 * An orphan above 60 s is a full socket for the first half of its time. It stays
 * on that way, however short: turned into a timewait socket, it ends in silence.
 */
static void fw2_retime_full(struct sock *sk, const struct fw2_retiming *r)
{
	struct timer_list *timer = fw2_keepalive_timer(sk);
	int linger = READ_ONCE(tcp_sk(sk)->linger2);

	if (linger && !fw2_orphan_marked(linger))
		return;
	WRITE_ONCE(tcp_sk(sk)->linger2, r->linger);
	if ((long)(READ_ONCE(timer->expires) - jiffies) > r->is / 2)
		mod_timer_pending(timer, jiffies + r->is / 2);
}

static int fw2_retime_visit(struct sock *sk, void *arg)
{
	const struct fw2_retiming *r = arg;

	if (!net_eq(sock_net(sk), r->net))
		return 0;
	if (sk->sk_state == TCP_TIME_WAIT) {
		if (READ_ONCE(inet_twsk(sk)->tw_substate) == TCP_FIN_WAIT2)
			fw2_retime_timewait(inet_twsk(sk), r);
	} else if (inet_sk_state_load(sk) == TCP_FIN_WAIT2 &&
		   sock_flag(sk, SOCK_DEAD)) {
		fw2_retime_full(sk, r);
	}
	return 0;
}

/**
 * fw2_orphan_retime - bring orphans that wait under a new rule
 * @fn: their namespace
 * @was: the value for tp->linger2 so far
 * @is: from now on
 *
 * Context: process context. The timers are safe to touch: a socket in the hash
 * has not been freed, and only a timer that is pending is moved.
 */
void fw2_orphan_retime(const struct fw2_net *fn, int was, int is)
{
	struct inet_hashinfo *ehash = fw2_ehash(fn->net);
	struct fw2_retiming r = {
		.net	= fn->net,
		.was	= fw2_orphan_stay(fn->net, was),
		.is	= fw2_orphan_stay(fn->net, is),
	};
	unsigned int slot;

	if (r.is >= r.was)
		return;
	/* The kernel gives 3.5 RTO at the least, which is more than this. */
	r.is = max(r.is, HZ / 2);
	r.linger = fw2_orphan_twice(r.is);
	for (slot = 0; slot <= ehash->ehash_mask; slot++) {
		fw2_ehash_visit(ehash, slot, fw2_retime_visit, &r);
		cond_resched();
	}
}

/**
 * fw2_orphan_adopt - bring orphans that wait as the module is loaded under its
 *	rule, if it comes with one
 * @net: their namespace
 *
 * Context: process context.
 * Return: 0, to go on with the next namespace.
 */
int fw2_orphan_adopt(struct net *net)
{
	const struct fw2_net *fn = fw2_net(net);

	if (fn->linger)
		fw2_orphan_retime(fn, 0, fn->linger);
	return 0;
}
