/* SPDX-License-Identifier: GPL-2.0 */
/* A peer in another network namespace, over a wire that can be cut */
#ifndef FW2_TEST_FAR_H
#define FW2_TEST_FAR_H

#include "fw2.h"

/* The wire loses everything, both ways. */
#define FW2_FAR_LOSS							\
	"tc qdisc add dev near root netem loss 100% && "		\
	"ip netns exec fw2far tc qdisc add dev far root netem loss 100%"

struct fw2_far {
	int	near;
	int	far;
};

static inline void fw2_far_unmake(struct fw2_far *f)
{
	close(f->near);
	close(f->far);
	system("ip netns del fw2far 2>/dev/null");
}

/* Lay a wire from this namespace to one that is made. */
static inline int fw2_far_make(struct fw2_far *f)
{
	system("ip netns del fw2far 2>/dev/null");
	if (system("ip netns add fw2far && "
		   "ip link add near type veth peer name far netns fw2far && "
		   "ip addr add 192.0.2.1/24 dev near && "
		   "ip -6 addr add fd00::1/64 dev near nodad && "
		   "ip link set near up && "
		   "ip -n fw2far addr add 192.0.2.2/24 dev far && "
		   "ip -n fw2far -6 addr add fd00::2/64 dev far nodad && "
		   "ip -n fw2far link set far up"))
		return -1;
	f->near = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	f->far = open("/run/netns/fw2far", O_RDONLY | O_CLOEXEC);
	return f->near < 0 || f->far < 0 ? -1 : 0;
}

/* A listener here, a peer there. */
static inline int fw2_far_connect(const struct fw2_far *f, bool ipv6,
				  struct fw2_pair *p)
{
	struct sockaddr_storage ss = {};
	socklen_t len = ipv6 ? sizeof(struct sockaddr_in6) :
			       sizeof(struct sockaddr_in);
	uint16_t port = 0;
	int listener;

	if (ipv6) {
		struct sockaddr_in6 *in6 = (void *)&ss;

		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, "fd00::1", &in6->sin6_addr);
	} else {
		struct sockaddr_in *in = (void *)&ss;

		in->sin_family = AF_INET;
		in->sin_addr.s_addr = inet_addr("192.0.2.1");
	}
	listener = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (void *)&ss, len) || listen(listener, 1))
		return -1;
	port = htons(fw2_port(listener));
	/* The port is at the same place in both. */
	((struct sockaddr_in *)&ss)->sin_port = port;

	if (setns(f->far, CLONE_NEWNET))
		return -1;
	p->peer = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (setns(f->near, CLONE_NEWNET) ||
	    connect(p->peer, (void *)&ss, len))
		return -1;
	p->local = accept(listener, NULL, NULL);
	close(listener);
	return p->local < 0 ? -1 : 0;
}

#endif
