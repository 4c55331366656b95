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
#include "match.h"
#include "net.h"
#include "orphan.h"
#include "ruleset.h"

static int fw2_orphan_odd(unsigned long len)
{
	return len % HZ ? len : len + 1;
}

/* The value that makes the kernel spend half of @len twice. */
static int fw2_orphan_twice(unsigned long len)
{
	return fw2_orphan_odd(TCP_TIMEWAIT_LEN + DIV_ROUND_UP(len, 2));
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
	return fw2_orphan_odd(len);
}

/**
 * fw2_orphan_wants - the value for tp->linger2 of one orphan
 * @r: what orphans of its namespace are under
 * @sk: a full or a timewait socket that is an orphan, or about to be
 * @count: count it as a match of its rule
 *
 * Context: RCU read side; any, the probe included.
 */
int fw2_orphan_wants(const struct fw2_orphan_rule *r, const struct sock *sk,
		     bool count)
{
	const struct fw2_subject s = { sk, FINWAIT2_CLASS_ORPHAN };
	const struct fw2_rule *rule;

	if (likely(!r->set))
		return r->linger;
	rule = fw2_ruleset_find(r->set, &s);
	if (!rule)
		return r->linger;
	if (count)
		fw2_rule_matched(rule);
	if (rule->exempt)
		return 0;
	return rule->said & FW2_SAYS(orphan_interval) ? rule->linger
						      : r->linger;
}

/**
 * fw2_orphan_mark - time a socket that is an orphan, or about to be
 * @sk: socket
 * @fn: its namespace
 *
 * An orphan is counted for its rule if it is one as it enters. Others are tracked,
 * and counted there.
 *
 * Context: the probe: the socket is locked by the caller, its old state stored.
 */
void fw2_orphan_mark(struct sock *sk, const struct fw2_net *fn)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int linger = READ_ONCE(fn->linger);

	if (unlikely(rcu_access_pointer(fn->rules))) {
		rcu_read_lock();
		linger = fw2_orphan_wants(&(struct fw2_orphan_rule){
						linger,
						rcu_dereference(fn->rules),
					  }, sk, sock_flag(sk, SOCK_DEAD) &&
					      sk->sk_state != TCP_FIN_WAIT2);
		rcu_read_unlock();
	}
	if (tp->linger2 == linger)
		return;
	if (!tp->linger2 || fw2_orphan_marked(tp->linger2))
		WRITE_ONCE(tp->linger2, linger);
}

/**
 * fw2_orphan_stay - for how long the kernel lets an orphan stay
 * @net: its namespace
 * @linger: its tp->linger2, not negative
 *
 * Return: jiffies; see the top of this file.
 */
long fw2_orphan_stay(const struct net *net, int linger)
{
	if (!linger)
		linger = READ_ONCE(net->ipv4.sysctl_tcp_fin_timeout);
	if (linger > TCP_TIMEWAIT_LEN)
		return 2L * (linger - TCP_TIMEWAIT_LEN);
	return linger;
}

/**
 * struct fw2_retiming - what changes for the orphans of a namespace
 * @net: the namespace
 * @was: what they were under
 * @is: what they are under from now on
 */
struct fw2_retiming {
	const struct net		*net;
	const struct fw2_orphan_rule	*was;
	const struct fw2_orphan_rule	*is;
};

static void fw2_retime_timewait(struct inet_timewait_sock *tw, long was, long is)
{
	long left = (long)(READ_ONCE(tw->tw_timer.expires) - jiffies);

	/* Not if it has expired: it is on its way out. */
	if (left <= is || left > was)
		return;
	mod_timer_pending(&tw->tw_timer, jiffies + is);

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
static void fw2_retime_full(struct sock *sk, long is)
{
	struct timer_list *timer = fw2_keepalive_timer(sk);
	int linger = READ_ONCE(tcp_sk(sk)->linger2);

	if (linger && !fw2_orphan_marked(linger))
		return;
	WRITE_ONCE(tcp_sk(sk)->linger2, fw2_orphan_twice(is));
	if ((long)(READ_ONCE(timer->expires) - jiffies) > is / 2)
		mod_timer_pending(timer, jiffies + is / 2);
}

static int fw2_retime_visit(struct sock *sk, void *arg)
{
	const struct fw2_retiming *r = arg;
	long was, is;

	if (!net_eq(sock_net(sk), r->net) || !fw2_is_orphan(sk))
		return 0;

	rcu_read_lock();
	was = fw2_orphan_stay(r->net, fw2_orphan_wants(r->was, sk, false));
	is = fw2_orphan_stay(r->net, fw2_orphan_wants(r->is, sk, false));
	rcu_read_unlock();
	if (is >= was)
		return 0;
	/* The kernel gives 3.5 RTO at the least, which is more than this. */
	is = max_t(long, is, HZ / 2);
	if (sk->sk_state == TCP_TIME_WAIT)
		fw2_retime_timewait(inet_twsk(sk), was, is);
	else
		fw2_retime_full(sk, is);
	return 0;
}

/**
 * fw2_orphan_retime - bring orphans that wait under a new rule
 * @net: their namespace
 * @was: what they were under
 * @is: what they are under from now on
 *
 * Context: process context. The timers are safe to touch: a socket in the hash
 * has not been freed, and only a timer that is pending is moved.
 */
void fw2_orphan_retime(const struct net *net, const struct fw2_orphan_rule *was,
		       const struct fw2_orphan_rule *is)
{
	struct inet_hashinfo *ehash = fw2_ehash(net);
	struct fw2_retiming r = { .net = net, .was = was, .is = is };
	unsigned int slot;

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
	const struct fw2_orphan_rule is = { .linger = fw2_net(net)->linger };

	if (is.linger)
		fw2_orphan_retime(net, &(struct fw2_orphan_rule){}, &is);
	return 0;
}
