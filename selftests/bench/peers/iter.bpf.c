// SPDX-License-Identifier: GPL-2.0
/* A peer: an iterator over TCP sockets that destroys those that were idle too long */

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define FIN_WAIT2	5

#define __core		__attribute__((preserve_access_index))

struct sock_common {
	unsigned char skc_state;
} __core;

struct inet_connection_sock {
	struct {
		__u32 lrcvtime;
	} icsk_ack;
} __core;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
} __core;

struct bpf_iter__tcp {
	struct sock_common *sk_common;
} __core;

extern int bpf_sock_destroy(struct sock_common *sock) __ksym;

/* Jiffies; the loader sets it. */
__u32 limit = 1;

SEC("iter/tcp")
int flush(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp;

	if (!skc || skc->skc_state != FIN_WAIT2)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return 0;
	if ((__u32)bpf_jiffies64() - tp->inet_conn.icsk_ack.lrcvtime > limit)
		bpf_sock_destroy(skc);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
