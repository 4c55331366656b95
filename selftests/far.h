/* SPDX-License-Identifier: GPL-2.0 */
/* A peer in another network namespace, over a wire that can be cut */
#ifndef FW2_TEST_FAR_H
#define FW2_TEST_FAR_H

#include "fw2.h"

/* The wire loses everything, both ways; and no longer. */
#define FW2_FAR_LOSS							\
	"tc qdisc add dev near root netem loss 100% && "		\
	"tc -n fw2far qdisc add dev far root netem loss 100%"
#define FW2_FAR_NO_LOSS							\
	"tc qdisc del dev near root && tc -n fw2far qdisc del dev far root"

/* Its far end is down, which takes its address with it; and up again. */
#define FW2_FAR_DOWN	"ip -n fw2far link set far down"
#define FW2_FAR_UP							\
	"ip -n fw2far -batch - <<-E\n"					\
	"link set far up\n"						\
	"addr add fd00::2/64 dev far nodad\n"				\
	"E"

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

/*
 * Lay a wire from this namespace to one that is made. A program is started twice
 * only: under emulation that takes long, on a debug kernel seconds.
 */
static inline int fw2_far_make(struct fw2_far *f)
{
	if (!access("/run/netns/fw2far", F_OK))
		system("ip netns del fw2far");
	if (system("ip -batch - <<-E\n"
		   "netns add fw2far\n"
		   "link add near type veth peer name far netns fw2far\n"
		   "addr add 192.0.2.1/24 dev near\n"
		   "addr add fd00::1/64 dev near nodad\n"
		   "link set near up\n"
		   "E") ||
	    system("ip -n fw2far -batch - <<-E\n"
		   "addr add 192.0.2.2/24 dev far\n"
		   "addr add fd00::2/64 dev far nodad\n"
		   "link set far up\n"
		   "E"))
		return -1;
	f->near = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	f->far = open("/run/netns/fw2far", O_RDONLY | O_CLOEXEC);
	return f->near < 0 || f->far < 0 ? -1 : 0;
}

/* The address of either end, port 0. */
static inline socklen_t fw2_far_address(bool ipv6, bool far,
					struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (ipv6) {
		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, far ? "fd00::2" : "fd00::1",
			  &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr(far ? "192.0.2.2" : "192.0.2.1");
	return sizeof(*in);
}

/* A listener here, a peer there. */
static inline int fw2_far_connect(const struct fw2_far *f, bool ipv6,
				  struct fw2_pair *p)
{
	struct sockaddr_storage ss;
	socklen_t len = fw2_far_address(ipv6, false, &ss);
	int listener = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (void *)&ss, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&ss, &len) ||
	    setns(f->far, CLONE_NEWNET))
		return -1;
	p->peer = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (setns(f->near, CLONE_NEWNET) ||
	    connect(p->peer, (void *)&ss, len))
		return -1;
	p->local = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return p->local < 0 ? -1 : 0;
}

#endif
