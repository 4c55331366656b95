// SPDX-License-Identifier: GPL-2.0
/* A peer: attach state.bpf.c, and destroy the sockets that it tells of */

#include "bpf.h"
#include "state.h"

static int destroy(void *nl, void *data, size_t size)
{
	const struct state_due *due = data;
	struct inet_diag_sockid id = {
		.idiag_sport = htons(due->sport),
		.idiag_dport = due->dport,
		.idiag_src = { due->saddr },
		.idiag_dst = { due->daddr },
		.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
	};

	if (size >= sizeof(*due))
		peer_destroy(nl, &id);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long long limit = peer_limit(argc, argv) * 1000000000ULL;
	struct bpf_object *object = peer_load("/bench/state.bpf.o", &limit,
					      sizeof(limit));
	struct ring_buffer *ring;

	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "due"),
				destroy, peer_open(), NULL);
	if (!ring || !bpf_program__attach(peer_program(object)))
		peer_fail("attach");
	while (ring_buffer__poll(ring, -1) >= 0 || errno == EINTR)
		;
	peer_fail("ring_buffer__poll");
}
