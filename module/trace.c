// SPDX-License-Identifier: GPL-2.0
/* The tracepoints finwait2:track, finwait2:flush and finwait2:untrack */

#include <linux/string.h>
#include <net/ipv6.h>
#include <net/sock.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * fw2_trace_addrs - the addresses of a socket, for an event
 * @sk: socket
 * @saddr: local address, 16 bytes
 * @daddr: peer's address, 16 bytes
 *
 * An IPv4 socket's are mapped here: its own IPv6 fields need not be filled.
 */
void fw2_trace_addrs(const struct sock *sk, u8 *saddr, u8 *daddr)
{
	struct in6_addr addr;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		memcpy(saddr, &sk->sk_v6_rcv_saddr, sizeof(addr));
		memcpy(daddr, &sk->sk_v6_daddr, sizeof(addr));
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &addr);
	memcpy(saddr, &addr, sizeof(addr));
	ipv6_addr_set_v4mapped(sk->sk_daddr, &addr);
	memcpy(daddr, &addr, sizeof(addr));
}
