// SPDX-License-Identifier: GPL-2.0
/*
 * Clients that never close.
 *
 * usage: client SOURCE ADDRESS PORT COUNT REQUEST
 *
 * Connect COUNT times from SOURCE to ADDRESS, send REQUEST, with its \r and \n
 * still to be replaced, and read until the end. Then keep the sockets open, and
 * do nothing more.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == 'r') {
			*to++ = '\r';
			s++;
		} else if (s[0] == '\\' && s[1] == 'n') {
			*to++ = '\n';
			s++;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static int address(struct sockaddr_in *sin, const char *host, int port)
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	return inet_pton(AF_INET, host, &sin->sin_addr) == 1 ? 0 : -1;
}

static int connect_from(const struct sockaddr_in *from,
			const struct sockaddr_in *to, const char *request)
{
	size_t len = strlen(request);
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)from, sizeof(*from)) ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) ||
	    write(fd, request, len) != (ssize_t)len) {
		perror("client");
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in from, to;
	struct pollfd *fds;
	static char buf[65536];
	int count, i;

	if (argc != 6 || address(&from, argv[1], 0) ||
	    address(&to, argv[2], atoi(argv[3]))) {
		fprintf(stderr, "usage: client SOURCE ADDRESS PORT COUNT REQUEST\n");
		return 2;
	}
	count = atoi(argv[4]);
	unescape(argv[5]);

	fds = calloc(count, sizeof(*fds));
	if (!fds)
		return 1;
	for (i = 0; i < count; i++) {
		fds[i].fd = connect_from(&from, &to, argv[5]);
		fds[i].events = POLLIN;
		if (fds[i].fd < 0)
			return 1;
	}

	/* A negative descriptor is not polled; the socket is not closed. */
	while (poll(fds, count, -1) >= 0) {
		for (i = 0; i < count; i++) {
			if (fds[i].revents && read(fds[i].fd, buf, sizeof(buf)) <= 0)
				fds[i].fd = -1;
		}
	}
	return 1;
}
