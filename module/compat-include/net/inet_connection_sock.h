/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_INET_CONNECTION_SOCK_H
#define _FINWAIT2_COMPAT_NET_INET_CONNECTION_SOCK_H

#include_next <net/inet_connection_sock.h>

/* The keepalive timer's place has changed in stable kernels, too: see Kbuild. */
#ifdef FW2_KEEPALIVE_TIMER_IN_ICSK
#define fw2_keepalive_timer(sk)	(&inet_csk(sk)->icsk_keepalive_timer)
#else
#define fw2_keepalive_timer(sk)	(&(sk)->sk_timer)
#endif

#endif
