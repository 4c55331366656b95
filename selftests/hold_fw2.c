// SPDX-License-Identifier: GPL-2.0
/*
 * Hold sockets in FIN_WAIT_2 until stdin ends, for the shell tests.
 *
 * usage: hold_fw2 [-6 | -m] [-s] [-n COUNT] [-c MS]
 *
 * -6: IPv6; -m: IPv4 on IPv6 sockets; -s: both sides shut. Prints "ready" when
 * all are there. Both ends are held by this process, on loopback.
 *
 * -c: peers close after so long, all at once, and nothing is held; with 0, each
 * closes before there is another connection.
 */
#define _GNU_SOURCE
#include "fw2.h"

static int hold_until(const struct fw2_pair *pair, int state)
{
	if (fw2_wait(fw2_state(pair->local) == state, 5000))
		return 0;
	fprintf(stderr, "hold_fw2: not in state %d\n", state);
	return -1;
}

/* The peer closes. */
static int hold_end(struct fw2_pair *pair)
{
	close(pair->peer);
	pair->peer = -1;
	return hold_until(pair, FW2_CLOSE);
}

int main(int argc, char **argv)
{
	enum fw2_family family = FW2_V4;
	int how = SHUT_WR, count = 1, after = -1, listener, opt, i;
	struct fw2_pair *pairs;
	uint16_t port = 0;
	char c;

	while ((opt = getopt(argc, argv, "6msn:c:")) != -1) {
		switch (opt) {
		case '6':
			family = FW2_V6;
			break;
		case 'm':
			family = FW2_MAPPED;
			break;
		case 's':
			how = SHUT_RDWR;
			break;
		case 'n':
			count = atoi(optarg);
			break;
		case 'c':
			after = atoi(optarg);
			break;
		default:
			return 2;
		}
	}

	pairs = calloc(count, sizeof(*pairs));
	listener = fw2_listen(family, &port);
	if (!pairs || listener < 0) {
		perror("hold_fw2: listen");
		return 1;
	}
	for (i = 0; i < count; i++) {
		if (fw2_connect_to(listener, family, port, &pairs[i]) ||
		    shutdown(pairs[i].local, how)) {
			perror("hold_fw2: connect");
			return 1;
		}
		if (!after && (hold_until(&pairs[i], FW2_FIN_WAIT2) ||
			       hold_end(&pairs[i])))
			return 1;
	}
	for (i = 0; i < count && after; i++) {
		if (hold_until(&pairs[i], FW2_FIN_WAIT2))
			return 1;
	}
	if (after > 0) {
		fw2_pass(after);
		for (i = 0; i < count; i++) {
			if (hold_end(&pairs[i]))
				return 1;
		}
	}
	if (after >= 0)
		return 0;
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
