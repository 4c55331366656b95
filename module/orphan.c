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
 */

#include <linux/jiffies.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "net.h"
#include "orphan.h"

static bool fw2_orphan_marked(int linger)
{
	return linger > 0 && linger % HZ;
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
		len = TCP_TIMEWAIT_LEN + DIV_ROUND_UP(len, 2);
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
 * @sk: socket
 *
 * Context: any; the application may be setting TCP_LINGER2 meanwhile, and wins.
 */
void fw2_orphan_unmark(struct sock *sk)
{
	int linger = READ_ONCE(tcp_sk(sk)->linger2);

	if (fw2_orphan_marked(linger))
		cmpxchg(&tcp_sk(sk)->linger2, linger, 0);
}
