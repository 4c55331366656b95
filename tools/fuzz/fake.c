// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets and time of a system that is made up
 *
 * The sockets of libmnl are these, as a program's own functions come before those
 * of a library. What else it asks of the C library, the linker sends here
 * (-Wl,--wrap). Where there is nothing left to be told, the program is told to
 * end, as by a user who has seen enough; where it would wait for some time, that
 * has passed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "fake.h"
#include "wrap.h"

/* What "top" has open at a time, and one to spare. */
#define FAKE_SOCKETS	5

/* As often the program waits for time to pass before it has seen enough. */
#define FAKE_WAITS	8

/**
 * struct mnl_socket - a socket of this system
 * @fd: can be read as long as there is something to be read
 * @diag: of those whose answers are nobody's business but the program's
 * @first: the next datagram to be read
 * @last: where the next one that is sent goes
 * @judge: what has been read
 */
struct mnl_socket {
	int fd;
	bool diag;
	struct parcel *first;
	struct parcel **last;
	struct judge judge;
};

static struct {
	const struct fake_plan *plan;
	struct mnl_socket *sockets[FAKE_SOCKETS + 1];
	struct fake_parcel parcels[FAKE_PARCELS];
	unsigned int count;
	const char *unsound;
	unsigned int waits;
	u64 passed;
} fake;

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	const int ret = __real_clock_gettime(id, now);

	now->tv_sec += fake.passed / 1000;
	return ret;
}

/* Nobody waits here. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	const int ret = __real_poll(fds, count, fake.plan ? 0 : timeout);

	if (ret || !timeout || !fake.plan)
		return ret;
	if (timeout < 0 || ++fake.waits > FAKE_WAITS) {
		raise(SIGTERM);
		return __real_poll(fds, count, 0);
	}
	fake.passed += timeout + 1000;
	return 0;
}

static void fake_put(char *bytes, size_t len, u32 group, void *data)
{
	struct parcel *parcel = calloc(1, sizeof(*parcel));
	const u64 one = 1;
	struct mnl_socket *mnl = data;

	if (!parcel)
		abort();
	parcel->bytes = bytes;
	parcel->len = len;
	parcel->group = group;
	if (fake.count < FAKE_PARCELS) {
		fake.parcels[fake.count].len = len;
		fake.parcels[fake.count].must = !group && !mnl->diag;
	}
	parcel = spoil_parcel(parcel, fake.plan, fake.count++);
	*mnl->last = parcel;
	for (; parcel; parcel = parcel->next)
		mnl->last = &parcel->next;
	if (mnl->first && write(mnl->fd, &one, sizeof(one)) < 0)
		abort();
}

struct mnl_socket *mnl_socket_open2(int bus, int flags __maybe_unused)
{
	struct mnl_socket *mnl = calloc(1, sizeof(*mnl));
	unsigned int i;

	if (!mnl)
		abort();
	mnl->diag = bus == NETLINK_SOCK_DIAG;
	mnl->last = &mnl->first;
	mnl->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (i = 0; fake.sockets[i]; i++)
		;
	if (i == FAKE_SOCKETS || mnl->fd < 0)
		abort();
	fake.sockets[i] = mnl;
	return mnl;
}

int mnl_socket_bind(struct mnl_socket *mnl __maybe_unused,
		    unsigned int groups __maybe_unused,
		    pid_t pid __maybe_unused)
{
	return 0;
}

static void fake_blame(const struct mnl_socket *mnl)
{
	if (!fake.unsound && !mnl->diag)
		fake.unsound = mnl->judge.unsound;
}

int mnl_socket_close(struct mnl_socket *mnl)
{
	struct parcel *next;
	unsigned int i;

	if (mnl->judge.seq && !mnl->judge.ended && !mnl->judge.unsound)
		mnl->judge.unsound = "an answer was not read to its end";
	fake_blame(mnl);
	for (i = 0; fake.sockets[i] != mnl; i++)
		;
	for (; i < FAKE_SOCKETS; i++)
		fake.sockets[i] = fake.sockets[i + 1];
	for (; mnl->first; mnl->first = next) {
		next = mnl->first->next;
		parcel_free(mnl->first);
	}
	close(mnl->fd);
	free(mnl);
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *mnl)
{
	return mnl->fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *mnl __maybe_unused)
{
	return FAKE_PORTID;
}

int mnl_socket_setsockopt(const struct mnl_socket *mnl, int type, void *value,
			  socklen_t len __maybe_unused)
{
	if (type == NETLINK_ADD_MEMBERSHIP)
		kernel_event(*(int *)value, fake_put, (void *)mnl);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *mnl, const void *bytes,
			  size_t len)
{
	/* What is sent is read, all of it, by whoever watches over memory. */
	struct nlmsghdr *request = malloc(len);

	if (!request)
		abort();
	memcpy(request, bytes, len);
	judge_question(&((struct mnl_socket *)mnl)->judge, request);
	kernel_answer(request, fake_put, (void *)mnl);
	free(request);
	return len;
}

/* The next datagram, to be freed; NULL if there is none. */
static struct parcel *fake_take(struct mnl_socket *mnl, size_t room)
{
	struct parcel *parcel = mnl->first;
	u64 count;

	if (parcel && parcel->group)
		judge_event(&mnl->judge, parcel, room);
	else
		judge_answer(&mnl->judge, parcel, room);
	fake_blame(mnl);
	if (!parcel) {
		errno = EAGAIN;
		return NULL;
	}
	mnl->first = parcel->next;
	if (!mnl->first) {
		mnl->last = &mnl->first;
		if (read(mnl->fd, &count, sizeof(count)) < 0)
			abort();
	}
	if (!parcel->error)
		return parcel;
	errno = parcel->error;
	parcel_free(parcel);
	return NULL;
}

static ssize_t fake_copy(const struct parcel *parcel, void *bytes, size_t room)
{
	const size_t len = parcel->len < room ? parcel->len : room;

	memcpy(bytes, parcel->bytes, len);
	return len;
}

static void fake_pktinfo(struct msghdr *msg, u32 group)
{
	const struct nl_pktinfo info = { .group = group };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	if (!cmsg)
		return;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	cmsg->cmsg_level = SOL_NETLINK;
	cmsg->cmsg_type = NETLINK_PKTINFO;
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	msg->msg_controllen = CMSG_SPACE(sizeof(info));
}

static struct mnl_socket *fake_socket(int fd)
{
	unsigned int i;

	for (i = 0; fake.sockets[i]; i++) {
		if (fake.sockets[i]->fd == fd)
			return fake.sockets[i];
	}
	abort();
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags __maybe_unused)
{
	const size_t room = msg->msg_iov[0].iov_len;
	struct sockaddr_nl *from = msg->msg_name;
	struct parcel *parcel;
	ssize_t len;

	parcel = fake_take(fake_socket(fd), room);
	if (!parcel)
		return -1;
	len = fake_copy(parcel, msg->msg_iov[0].iov_base, room);
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	from->nl_pid = parcel->from;
	msg->msg_namelen = sizeof(*from);
	msg->msg_flags = parcel->cut || parcel->len > room ? MSG_TRUNC : 0;
	fake_pktinfo(msg, parcel->group);
	parcel_free(parcel);
	return len;
}

/* As the library does it: what is cut is an error. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *mnl, void *bytes,
			    size_t room)
{
	struct parcel *parcel;
	ssize_t len;

	parcel = fake_take((struct mnl_socket *)mnl, room);
	if (!parcel)
		return -1;
	len = fake_copy(parcel, bytes, room);
	if (parcel->cut || parcel->len > room) {
		errno = ENOSPC;
		len = -1;
	}
	parcel_free(parcel);
	return len;
}

/**
 * fake_begin() - set up the system
 * @plan: what a program is to meet there, valid until fake_end()
 */
void fake_begin(const struct fake_plan *plan)
{
	memset(&fake, 0, sizeof(fake));
	fake.plan = plan;
	files_begin(plan);
}

/**
 * fake_end() - be back in the real one
 */
void fake_end(void)
{
	files_end();
	/* A program that ends leaves none. */
	if (fake.sockets[0])
		abort();
	fake.plan = NULL;
}

/**
 * fake_unsound() - why the program must not have been content
 *
 * Return: why, or NULL if all it was told was sound.
 */
const char *fake_unsound(void)
{
	return fake.unsound;
}

/**
 * fake_parcel() - what a datagram was like before it was spoilt
 * @number: which of them, counted from 0
 *
 * Return: what is known of it, or NULL if there were not as many.
 */
const struct fake_parcel *fake_parcel(unsigned int number)
{
	return number < fake.count && number < FAKE_PARCELS ?
	       &fake.parcels[number] : NULL;
}
