/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests share: connections in FIN_WAIT_2, sysctls, counters, clocks */
#ifndef FW2_TEST_H
#define FW2_TEST_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/genetlink.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>

/* States by the kernel's numbers; <netinet/tcp.h> would clash. */
enum {
	FW2_ESTABLISHED	= 1,
	FW2_FIN_WAIT1	= 4,
	FW2_FIN_WAIT2	= 5,
	FW2_CLOSE	= 7,
	FW2_CLOSE_WAIT	= 8,
};

enum fw2_family { FW2_V4, FW2_V6, FW2_MAPPED };

/* Both ends of a connection; local is the one that goes to FIN_WAIT_2. */
struct fw2_pair {
	int	local;
	int	peer;
};

static inline long long fw2_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/*
 * Wait a moment between two tries of something that is polled for. A debug kernel
 * would be busy with nothing but the tries.
 */
static inline void fw2_pause(void)
{
	poll(NULL, 0, getenv("KSFT_MACHINE_SLOW") ? 25 : 10);
}

/* Let this much time pass; for what must not have happened by then. */
static inline void fw2_pass(long long ms)
{
	long long end = fw2_now() + ms, left;

	while ((left = end - fw2_now()) > 0)
		poll(NULL, 0, left);
}

#define fw2_wait(cond, ms) ({						\
	long long end_ = fw2_now() + (ms);				\
	bool met_;							\
									\
	while (!(met_ = (cond)) && fw2_now() < end_)			\
		fw2_pause();						\
	met_ || (cond);							\
})

static inline bool fw2_loaded(void)
{
	return !access("/proc/sys/net/ipv4/tcp_fin_wait_2_reset", F_OK);
}

/* Load the module: the file $FINWAIT2_KO names, or the installed one. */
static inline int fw2_load(const char *params)
{
	const char *file = getenv("FINWAIT2_KO");
	int fd, err;

	if (!file)
		return system("modprobe -q finwait2") ? -ENOENT : 0;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

/* A reader in the middle of a dump keeps the module for a moment. */
static inline int fw2_unload(void)
{
	if (!fw2_loaded())
		return 0;
	return fw2_wait(!syscall(SYS_delete_module, "finwait2", O_NONBLOCK) ||
			errno != EAGAIN, 2000) && !fw2_loaded() ? 0 : -EAGAIN;
}

/* An own network namespace with loopback up. */
static inline int fw2_own_netns(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd, err;

	if (unshare(CLONE_NEWNET))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	err = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return err;
}

/* The same, with the module loaded. */
static inline int fw2_netns(void)
{
	if (!fw2_loaded() && fw2_load(""))
		return -1;
	return fw2_own_netns();
}

/* To a file of the kernel's, all at once. */
static inline int fw2_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	return n == (ssize_t)strlen(text) ? 0 : -EIO;
}

static inline int fw2_write_sysctl(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	return fw2_write_file(path, value);
}

static inline int fw2_set(const char *name, unsigned int value)
{
	char full[64], text[16];

	snprintf(full, sizeof(full), "tcp_fin_wait_2_%s", name);
	snprintf(text, sizeof(text), "%u", value);
	return fw2_write_sysctl(full, text);
}

static inline long long fw2_get(const char *name)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/tcp_fin_wait_2_%s",
		 name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = 0;
	close(fd);
	return text[0] ? atoll(text) : -1;
}

static inline socklen_t fw2_addr(enum fw2_family family, uint16_t port,
				 struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (family == FW2_V4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	inet_pton(AF_INET6, family == FW2_V6 ? "::1" : "::ffff:127.0.0.1",
		  &in6->sin6_addr);
	return sizeof(*in6);
}

static inline int fw2_listen(enum fw2_family family, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len = fw2_addr(family, *port, &ss);
	int fd, one = 1, zero = 0;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family != FW2_V4)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, (void *)&ss, len) || listen(fd, 4096) ||
	    getsockname(fd, (void *)&ss, &len)) {
		close(fd);
		return -1;
	}
	*port = ntohs(family == FW2_V4 ?
		      ((struct sockaddr_in *)&ss)->sin_port :
		      ((struct sockaddr_in6 *)&ss)->sin6_port);
	return fd;
}

/* A connection to a listener; the accepted end is the local one. */
static inline int fw2_connect_to(int listener, enum fw2_family family,
				 uint16_t port, struct fw2_pair *p)
{
	struct sockaddr_storage ss;
	socklen_t len;

	/* An IPv4 peer makes an IPv6 listener's socket a mapped one. */
	len = fw2_addr(family == FW2_V6 ? FW2_V6 : FW2_V4, port, &ss);
	p->peer = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (p->peer < 0 || connect(p->peer, (void *)&ss, len))
		return -1;
	p->local = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return p->local < 0 ? -1 : 0;
}

static inline int fw2_connect(enum fw2_family family, struct fw2_pair *p)
{
	uint16_t port = 0;
	int listener = fw2_listen(family, &port);
	int err;

	if (listener < 0)
		return -1;
	err = fw2_connect_to(listener, family, port, p);
	close(listener);
	return err;
}

static inline void fw2_close(struct fw2_pair *p)
{
	if (p->local >= 0)
		close(p->local);
	if (p->peer >= 0)
		close(p->peer);
	p->local = -1;
	p->peer = -1;
}

static inline int fw2_state(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return -1;
	return info.tcpi_state;
}

/* shutdown() the local end, and wait for FIN_WAIT_2. */
static inline int fw2_half_close(struct fw2_pair *p, int how)
{
	if (shutdown(p->local, how))
		return -1;
	return fw2_wait(fw2_state(p->local) == FW2_FIN_WAIT2, 5000) ? 0 : -1;
}

static inline int fw2_fin_wait2(enum fw2_family family, int how,
				struct fw2_pair *p)
{
	return fw2_connect(family, p) ? -1 : fw2_half_close(p, how);
}

/* For how long does it stay in FIN_WAIT_2? -1: longer than limit. */
static inline long long fw2_stays(int fd, long long since, long long limit)
{
	if (!fw2_wait(fw2_state(fd) != FW2_FIN_WAIT2,
		      since + limit - fw2_now()))
		return -1;
	return fw2_now() - since;
}

/* How long it takes to find out; on a debug kernel, long. */
static inline long long fw2_slack(void)
{
	return getenv("KSFT_MACHINE_SLOW") ? 1500 : 10;
}

/* The promise: an eighth and 100 ms late, never early. */
static inline long long fw2_latest(long long interval)
{
	return interval + interval / 8 + 100 + fw2_slack();
}

/* The error that a read meets, 0 at end of file, -1 if it met data. */
static inline int fw2_read_error(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	return n < 0 ? errno : n ? -1 : 0;
}

/* Is the socket still there in state @state, as /proc/net/tcp{,6} has it? */
static inline int fw2_proc_count(int state, uint16_t port)
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	unsigned int sport, st;
	char line[512];
	int count = 0;
	size_t i;
	FILE *f;

	for (i = 0; i < 2; i++) {
		f = fopen(files[i], "re");
		if (!f)
			continue;
		while (fgets(line, sizeof(line), f)) {
			if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x",
				   &sport, &st) == 2 &&
			    (int)st == state && (!port || sport == port))
				count++;
		}
		fclose(f);
	}
	return count;
}

static inline uint16_t fw2_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	getsockname(fd, (void *)&ss, &len);
	return ntohs(ss.ss_family == AF_INET ?
		     ((struct sockaddr_in *)&ss)->sin_port :
		     ((struct sockaddr_in6 *)&ss)->sin6_port);
}

/* Generic netlink, by libmnl. */

static inline uint64_t fw2_uint(const struct nlattr *attr)
{
	if (mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
		return mnl_attr_get_u64(attr);
	return mnl_attr_get_u32(attr);
}

static int fw2_family_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(int *)data = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

/* One request, all its answers to @cb. Returns 0 or -errno. */
static inline int fw2_talk(int type, int cmd, int flags, const char *family,
			   mnl_cb_t cb, void *data)
{
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	struct genlmsghdr *genl;
	unsigned int seq = time(NULL);
	int ret = -1;
	ssize_t n;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	if (family)
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, family);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		goto out;
	while ((n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0) {
		ret = mnl_cb_run(buf, n, seq, mnl_socket_get_portid(nl), cb,
				 data);
		if (ret <= MNL_CB_STOP)
			break;
	}
out:
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return ret;
}

static inline int fw2_genl(int cmd, int flags, mnl_cb_t cb, void *data)
{
	int family = 0;
	int err = fw2_talk(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, "finwait2",
			   fw2_family_cb, &family);

	return err ? err : fw2_talk(family, cmd, flags, NULL, cb, data);
}

static int fw2_stats_cb(const struct nlmsghdr *nlh, void *data)
{
	uint64_t *stats = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) <= FINWAIT2_A_STATS_MAX)
			stats[mnl_attr_get_type(attr)] = fw2_uint(attr);
	}
	return MNL_CB_OK;
}

/* One counter of this namespace, FINWAIT2_A_STATS_*. -1 on an error. */
static inline long long fw2_stat(int which)
{
	uint64_t stats[FINWAIT2_A_STATS_MAX + 1] = {};

	if (fw2_genl(FINWAIT2_CMD_STATS_GET, 0, fw2_stats_cb, stats))
		return -1;
	return stats[which];
}

#endif
