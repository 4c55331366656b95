// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that close, and peers that do not, for the shell tests.
 *
 * usage: peers_fw2 [-p PORT] [-f ADDRESS] [-a COUNT] [-n COUNT] [-c COUNT] [-l] [-m]
 *
 * -n: so many connections to a listener here, all of which it half-closes;
 * -f, -a: from so many addresses, the first of which is this, 127.1.0.1;
 * -c: so many of them the peer closes then, those that came first;
 * -l: the listener closes them all then, before the peer would;
 * -m: when all are there, replace them one by one.
 *
 * Prints "ready" when all that is done, and waits until stdin ends. Both ends are
 * held by this process.
 */
#define _GNU_SOURCE
#include "fw2.h"

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

static union address first;
static socklen_t first_len;
static int listener, addresses = 1;

/* The address of a connection: they take turns. */
static union address address(int i)
{
	union address a = first;

	if (a.sa.sa_family == AF_INET)
		a.in.sin_addr.s_addr = htonl(ntohl(a.in.sin_addr.s_addr) +
					     i % addresses);
	else
		a.in6.sin6_addr.s6_addr32[3] =
			htonl(ntohl(a.in6.sin6_addr.s6_addr32[3]) +
			      i % addresses);
	return a;
}

/* IPv4 goes to 127.0.0.1, IPv6 to the first address. */
static union address server(void)
{
	union address a = first;

	/* The port is at the same place in both. */
	a.in.sin_port = htons(fw2_port(listener));
	if (a.sa.sa_family == AF_INET)
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* A listener on any address. */
static bool listen_on(uint16_t port)
{
	union address any = { .sa.sa_family = first.sa.sa_family };
	int one = 1;

	any.in.sin_port = htons(port);
	listener = socket(any.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return !bind(listener, &any.sa, first_len) && !listen(listener, 4096);
}

static bool connect_one(struct fw2_pair *p, int i)
{
	const union address from = address(i), to = server();
	int one = 1;

	p->local = -1;
	p->peer = socket(first.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->peer < 0 ||
	    setsockopt(p->peer, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
		       sizeof(one)) ||
	    bind(p->peer, &from.sa, first_len) ||
	    connect(p->peer, &to.sa, first_len))
		return false;
	p->local = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return p->local >= 0 && !shutdown(p->local, SHUT_WR);
}

static bool waits(const struct fw2_pair *p)
{
	return fw2_wait(fw2_state(p->local) == FW2_FIN_WAIT2, 5000);
}

static int failed(const char *what)
{
	fprintf(stderr, "peers_fw2: %s: %s\n", what, strerror(errno));
	return 1;
}

static bool parse_first(const char *text)
{
	memset(&first, 0, sizeof(first));
	if (strchr(text, ':')) {
		first.sa.sa_family = AF_INET6;
		first_len = sizeof(first.in6);
		return inet_pton(AF_INET6, text, &first.in6.sin6_addr) == 1;
	}
	first.sa.sa_family = AF_INET;
	first_len = sizeof(first.in);
	return inet_pton(AF_INET, text, &first.in.sin_addr) == 1;
}

/* Until stdin ends. */
static int move(struct fw2_pair *pairs, int count)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	int i = 0;

	while (!poll(&pfd, 1, 5)) {
		/* Some are closed by one end first, some by the other. */
		if (i % 2) {
			close(pairs[i % count].peer);
			pairs[i % count].peer = -1;
		}
		fw2_close(&pairs[i % count]);
		if (!connect_one(&pairs[i % count], i))
			return failed("connect again");
		i++;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int count = 1, closed = 0, opt, i;
	bool local = false, moves = false;
	struct fw2_pair *pairs;
	uint16_t port = 0;
	char c;

	parse_first("127.1.0.1");
	while ((opt = getopt(argc, argv, "p:f:a:n:c:lm")) != -1) {
		switch (opt) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'f':
			if (!parse_first(optarg))
				return 2;
			break;
		case 'a':
			addresses = atoi(optarg);
			break;
		case 'n':
			count = atoi(optarg);
			break;
		case 'c':
			closed = atoi(optarg);
			break;
		case 'l':
			local = true;
			break;
		case 'm':
			moves = true;
			break;
		default:
			return 2;
		}
	}

	pairs = calloc(count, sizeof(*pairs));
	if (!pairs || addresses < 1 || count < 1 || !listen_on(port))
		return failed("listen");
	for (i = 0; i < count; i++) {
		if (!connect_one(&pairs[i], i))
			return failed("connect");
	}
	for (i = 0; i < count; i++) {
		if (!waits(&pairs[i]))
			return failed("not in FIN_WAIT_2");
	}
	for (i = 0; i < count && local; i++) {
		close(pairs[i].local);
		pairs[i].local = -1;
	}
	for (i = 0; i < closed; i++) {
		close(pairs[i].peer);
		pairs[i].peer = -1;
	}
	printf("ready %u\n", fw2_port(listener));
	fflush(stdout);
	if (moves)
		return move(pairs, count);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
