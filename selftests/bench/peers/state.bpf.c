// SPDX-License-Identifier: GPL-2.0
/*
 * A peer: a program on the tracepoint that the module's probe is on. A hash map has
 * the sockets in FIN_WAIT_2, each with a timer. The callback of a timer cannot
 * destroy a socket, so it tells a process, which does.
 */

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "state.h"

#define FIN_WAIT2	5
#define CLOCK_MONOTONIC	1

#define __core		__attribute__((preserve_access_index))

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
} __core;

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
} __core;

struct waiting {
	struct bpf_timer timer;
	struct state_due due;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__type(key, __u64);
	__type(value, struct waiting);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} due SEC(".maps");

/* Nanoseconds; the loader sets it. */
__u64 limit = 1;

static int expired(void *map, __u64 *key, struct waiting *w)
{
	bpf_ringbuf_output(&due, &w->due, sizeof(w->due), 0);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state, const struct sock *sk, int oldstate, int newstate)
{
	const struct sock_common *skc = &sk->__sk_common;
	__u64 key = (unsigned long)sk;
	struct waiting new = {}, *w;

	if (oldstate == FIN_WAIT2 && newstate != FIN_WAIT2) {
		/* That cancels the timer. */
		bpf_map_delete_elem(&waiting, &key);
		return 0;
	}
	if (newstate != FIN_WAIT2 || oldstate == FIN_WAIT2 || skc->skc_family != 2)
		return 0;
	new.due.saddr = skc->skc_rcv_saddr;
	new.due.daddr = skc->skc_daddr;
	new.due.sport = skc->skc_num;
	new.due.dport = skc->skc_dport;
	if (bpf_map_update_elem(&waiting, &key, &new, BPF_ANY))
		return 0;
	w = bpf_map_lookup_elem(&waiting, &key);
	if (!w || bpf_timer_init(&w->timer, &waiting, CLOCK_MONOTONIC))
		return 0;
	bpf_timer_set_callback(&w->timer, expired);
	bpf_timer_start(&w->timer, limit, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
