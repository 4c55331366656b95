/* SPDX-License-Identifier: GPL-2.0 */
/* Loading a program with its limit */
#ifndef FW2_BENCH_BPF_H
#define FW2_BENCH_BPF_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "peer.h"

/* The limit is the only variable that the programs have. */
static inline struct bpf_object *peer_load(const char *file, const void *limit,
					   size_t size)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_map *map;

	if (!object)
		peer_fail(file);
	bpf_object__for_each_map(map, object) {
		if (strstr(bpf_map__name(map), ".data") &&
		    bpf_map__set_initial_value(map, limit, size))
			peer_fail(".data");
	}
	if (bpf_object__load(object))
		peer_fail(file);
	return object;
}

static inline struct bpf_program *peer_program(struct bpf_object *object)
{
	return bpf_object__next_program(object, NULL);
}

#endif
