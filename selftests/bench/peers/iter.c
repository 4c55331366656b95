// SPDX-License-Identifier: GPL-2.0
/* A peer: run iter.bpf.c now and then */

#include <unistd.h>

#include "bpf.h"

#define HZ	250

int main(int argc, char **argv)
{
	unsigned int limit = peer_limit(argc, argv) * HZ;
	struct bpf_object *object = peer_load("/bench/iter.bpf.o", &limit,
					      sizeof(limit));
	struct bpf_link *link = bpf_program__attach_iter(peer_program(object),
							 NULL);
	char buf[64];
	int fd;

	if (!link)
		peer_fail("attach");
	for (;;) {
		fd = bpf_iter_create(bpf_link__fd(link));
		if (fd < 0)
			peer_fail("iterator");
		while (read(fd, buf, sizeof(buf)) > 0)
			;
		close(fd);
		sleep(PEER_PERIOD);
	}
}
