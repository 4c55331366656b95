// SPDX-License-Identifier: GPL-2.0
/*
 * Probing: finding peers that have vanished before their sockets are due.
 *
 * The kernel can ask a peer whether it is there, with keepalive probes, and the
 * module has it do so: after keepstart of silence it turns the socket's own
 * keepalive on. What the kernel counts as a sign of life is any segment, and so
 * here: a peer that answers stays for as long as its idle limit says, however
 * slow it is; one that has answered nothing for keepstop is given up by a flush
 * like any other, which can be observed and can be silent.
 *
 * The kernel by itself gives up a peer after a number of probes. Not so where a
 * user timeout says for how long to wait instead; so one is put in that never
 * passes.
 *
 * An application that has SO_KEEPALIVE on, or has set its times, is left to these.
 * The times put in here are no whole number of seconds, and the user timeout is
 * negative to setsockopt(), which no application can ask for. So they are known
 * again, and taken back when the socket leaves FIN_WAIT_2, when the limits change,
 * and when the module goes.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "keep.h"
#include "policy.h"

/* How many probes the peer gets between keepstart and keepstop. */
#define FW2_KEEP_PROBES		8
#define FW2_KEEP_SPACING_MIN	(HZ / 10)

/* For the kernel to give up, ms: longer than it can count. */
#define FW2_KEEP_FOR_EVER	U32_MAX

/**
 * fw2_keep_possible - may this socket's peer be probed?
 * @sk: socket, locked or not
 *
 * Not if the application has keepalive on, or has set any of its times, which are
 * still to be there when it switches it on.
 */
bool fw2_keep_possible(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return !sock_flag(sk, SOCK_KEEPOPEN) &&
	       !READ_ONCE(tp->keepalive_time) &&
	       !READ_ONCE(tp->keepalive_intvl) &&
	       !READ_ONCE(tp->keepalive_probes) &&
	       !READ_ONCE(inet_csk(sk)->icsk_user_timeout) &&
	       sk->sk_prot->keepalive;
}

static int fw2_keep_time(u32 time)
{
	return time % HZ ? time : time + 1;
}

static bool fw2_keep_is_ours(const struct sock *sk)
{
	return READ_ONCE(tcp_sk(sk)->keepalive_time) % HZ;
}

/**
 * fw2_keep_start - have a peer probed when it is silent
 * @sk: socket in FIN_WAIT_2 of which fw2_keep_possible() holds
 * @p: what it is under
 *
 * Context: process context, socket locked.
 */
void fw2_keep_start(struct sock *sk, const struct fw2_policy *p)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 spacing = p->keepstart;

	if (p->keepstop > p->keepstart)
		spacing = (p->keepstop - p->keepstart) / FW2_KEEP_PROBES;
	spacing = max_t(u32, spacing, FW2_KEEP_SPACING_MIN);

	WRITE_ONCE(tp->keepalive_time, fw2_keep_time(p->keepstart));
	WRITE_ONCE(tp->keepalive_intvl, fw2_keep_time(spacing));
	WRITE_ONCE(inet_csk(sk)->icsk_user_timeout, FW2_KEEP_FOR_EVER);
	/* Sets the timer; to be called before the flag is on. */
	sk->sk_prot->keepalive(sk, 1);
	sock_set_flag(sk, SOCK_KEEPOPEN);
}

/**
 * fw2_keep_forget - give a socket back as it was, but for its timer
 * @sk: socket that fw2_keep_start() was called for
 *
 * Context: socket locked; the probe included, where the kernel stops the timer.
 */
void fw2_keep_forget(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->keepalive_intvl % HZ)
		WRITE_ONCE(tp->keepalive_intvl, 0);
	if (inet_csk(sk)->icsk_user_timeout == FW2_KEEP_FOR_EVER)
		WRITE_ONCE(inet_csk(sk)->icsk_user_timeout, 0);
	/* If the application has set a time of its own since, it wants probes. */
	if (!fw2_keep_is_ours(sk))
		return;
	WRITE_ONCE(tp->keepalive_time, 0);
	sock_reset_flag(sk, SOCK_KEEPOPEN);
}

/**
 * fw2_keep_stop - give a socket back as it was
 * @sk: socket that fw2_keep_start() was called for
 *
 * Context: process context, socket locked.
 */
void fw2_keep_stop(struct sock *sk)
{
	/* An orphan's timer is the one that ends it. */
	if (fw2_keep_is_ours(sk) && !sock_flag(sk, SOCK_DEAD))
		sk->sk_prot->keepalive(sk, 0);
	fw2_keep_forget(sk);
}

/**
 * fw2_keep_release - give a socket back as it was, as the module goes
 * @sk: socket that fw2_keep_start() was called for, a reference held
 *
 * Context: process context, may sleep.
 */
void fw2_keep_release(struct sock *sk)
{
	lock_sock(sk);
	fw2_keep_stop(sk);
	release_sock(sk);
}

/**
 * fw2_keep_heard - when did anything last come from the peer?
 * @sk: socket, locked or not
 *
 * As keepalive_time_elapsed() sees it.
 *
 * Return: jiffies, the low 32 bits.
 */
u32 fw2_keep_heard(const struct sock *sk)
{
	u32 data = READ_ONCE(inet_csk(sk)->icsk_ack.lrcvtime);
	u32 any = READ_ONCE(tcp_sk(sk)->rcv_tstamp);

	return (s32)(any - data) > 0 ? any : data;
}
