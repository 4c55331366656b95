/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets to which something happens just as they are due, and what came of it: how
 * many were flushed is told by the applications, and must be what is counted
 */
#ifndef FW2_TEST_RACE_H
#define FW2_TEST_RACE_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fw2.h"

/* So many are due at about the same time. */
#define FW2_RACE_BATCH		16
#define FW2_RACE_INTERVAL	40
#define FW2_RACE_WORKERS	8

/**
 * struct fw2_race - what workers have seen
 * @stop: they are to come to an end
 * @sockets: how many have entered FIN_WAIT_2
 * @flushed: those that were flushed, as their ends have seen
 * @left: those that left in another way
 * @wrong: those that met what should not be
 * @why: what that was, of one of them
 * @worker: processes
 * @n: how many
 *
 * Shared by the processes of a test.
 */
struct fw2_race {
	int	stop;
	int	sockets;
	int	flushed;
	int	left;
	int	wrong;
	char	why[160];
	pid_t	worker[FW2_RACE_WORKERS];
	int	n;
};

/* What is seen of a socket at the end. */
enum fw2_seen {
	FW2_SEEN_FLUSHED,
	FW2_SEEN_LEFT,
	/* One of the two; it looks the same. */
	FW2_SEEN_EITHER,
	FW2_SEEN_WRONG,
};

/**
 * struct fw2_act - what happens to sockets as they are due
 * @queued: the peer is not accepted: the local end is the one that connects
 * @data: they have received something, which must be there to be read
 * @act: do it
 * @see: find out what came of it
 */
struct fw2_act {
	bool		queued;
	bool		data;
	void		(*act)(struct fw2_race *r, struct fw2_pair *p,
			       int listener);
	enum fw2_seen	(*see)(struct fw2_race *r, struct fw2_pair *p);
};

static inline void fw2_race_count(int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static inline int fw2_raced(const int *counter)
{
	return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

/* @err: what the error was, or 0 */
static inline enum fw2_seen fw2_race_wrong(struct fw2_race *r, const char *what,
					   int err)
{
	snprintf(r->why, sizeof(r->why), "%s: %s", what, strerror(err));
	return FW2_SEEN_WRONG;
}

/* For how long each of these goes on, ms. */
static inline long long fw2_race_time(void)
{
	const char *seconds = getenv("FINWAIT2_RACE_SECONDS");

	return (seconds ? atoi(seconds) : 2) * 1000LL;
}

static inline struct fw2_race *fw2_race_new(void)
{
	struct fw2_race *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return r == MAP_FAILED ? NULL : r;
}

/* One that has received data, if so, and waits for a FIN. */
static inline int fw2_race_enter(const struct fw2_act *a, int listener,
				 uint16_t port, struct fw2_pair *p)
{
	struct sockaddr_storage ss;
	socklen_t len = fw2_addr(FW2_V4, port, &ss);

	if (a->queued) {
		p->local = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(p->local, (void *)&ss, len))
			return -1;
	} else if (fw2_connect_to(listener, FW2_V4, port, p)) {
		return -1;
	}
	if (a->data && send(p->peer, "abc", 3, MSG_NOSIGNAL) != 3)
		return -1;
	if (shutdown(p->local, SHUT_WR))
		return -1;
	/* It is there, or has been, where others took the time that it had. */
	return fw2_wait(fw2_state(p->local) != FW2_ESTABLISHED &&
			fw2_state(p->local) != FW2_FIN_WAIT1, 5000) ? 0 : -1;
}

/* Until they are due, or one of them has been flushed, or long before. */
static inline void fw2_race_pass(const struct fw2_pair *p, unsigned int round)
{
	struct pollfd pfd = { .fd = p->local, .events = 0 };

	switch (round % 4) {
	case 0:
		poll(NULL, 0, FW2_RACE_INTERVAL / 4);
		break;
	case 1:
		poll(NULL, 0, FW2_RACE_INTERVAL + rand() % 30);
		break;
	default:
		poll(&pfd, 1, 2000);
		break;
	}
}

static inline void fw2_race_see(struct fw2_race *r, const struct fw2_act *a,
				struct fw2_pair *p)
{
	switch (a->see(r, p)) {
	case FW2_SEEN_FLUSHED:
		fw2_race_count(&r->flushed);
		break;
	case FW2_SEEN_LEFT:
		fw2_race_count(&r->left);
		break;
	case FW2_SEEN_EITHER:
		break;
	case FW2_SEEN_WRONG:
		fw2_race_count(&r->wrong);
		break;
	}
	fw2_close(p);
}

/* A batch: in, wait, act, see. */
static inline void fw2_race_round(struct fw2_race *r, const struct fw2_act *a,
				  int listener, uint16_t port, unsigned int round)
{
	struct fw2_pair p[FW2_RACE_BATCH];
	int i, n;

	memset(p, -1, sizeof(p));
	for (n = 0; n < FW2_RACE_BATCH; n++) {
		if (fw2_race_enter(a, listener, port, &p[n])) {
			fw2_race_wrong(r, "cannot connect", errno);
			fw2_race_count(&r->wrong);
			break;
		}
		fw2_race_count(&r->sockets);
	}
	fw2_race_pass(&p[0], round);
	/* The first have most probably been flushed. */
	for (i = n - 1; i >= 0; i--)
		a->act(r, &p[a->queued ? n - 1 - i : i], listener);
	/* A reset that is under way must have arrived. */
	fw2_pause();
	for (i = 0; i < n; i++)
		fw2_race_see(r, a, &p[i]);
}

/* Start a process that does so until it is stopped. */
static inline void fw2_race_start(struct fw2_race *r, const struct fw2_act *a)
{
	unsigned int round;
	uint16_t port = 0;
	int listener;
	pid_t pid = fork();

	if (pid) {
		r->worker[r->n++] = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srand(getpid());
	listener = fw2_listen(FW2_V4, &port);
	if (listener < 0)
		_exit(1);
	for (round = 0; !fw2_raced(&r->stop); round++)
		fw2_race_round(r, a, listener, port, round);
	_exit(0);
}

/* Have all of them come to an end; 0 if they do. */
static inline int fw2_race_stop(struct fw2_race *r)
{
	int status, err = 0;

	fw2_race_count(&r->stop);
	while (r->n > 0) {
		if (waitpid(r->worker[--r->n], &status, 0) < 0 || status)
			err = -1;
	}
	return err;
}

/* All counters of this namespace. */
static inline int fw2_race_stats(uint64_t *stats)
{
	memset(stats, 0, (FINWAIT2_A_STATS_MAX + 1) * sizeof(*stats));
	return fw2_genl(FINWAIT2_CMD_STATS_GET, 0, fw2_stats_cb, stats);
}

/* Those that were flushed; would_flush is none of these. */
static inline uint64_t fw2_race_flushed(const uint64_t *stats)
{
	return stats[FINWAIT2_A_STATS_FLUSHED_HELD] +
	       stats[FINWAIT2_A_STATS_FLUSHED_SHUT] +
	       stats[FINWAIT2_A_STATS_FLUSHED_AGE] +
	       stats[FINWAIT2_A_STATS_FLUSHED_VANISHED] +
	       stats[FINWAIT2_A_STATS_FLUSHED_REQUEST] +
	       stats[FINWAIT2_A_STATS_FLUSHED_PRESSURE];
}

static inline uint64_t fw2_race_left(const uint64_t *stats)
{
	return stats[FINWAIT2_A_STATS_LEFT_FIN] +
	       stats[FINWAIT2_A_STATS_LEFT_CLOSE] +
	       stats[FINWAIT2_A_STATS_LEFT_RESET] +
	       stats[FINWAIT2_A_STATS_LEFT_ABORT];
}

/*
 * It adds up: who has come has left or is here, and so many were flushed as their
 * applications say; @unseen are those of which that cannot be said.
 */
#define fw2_race_expect(r, unseen) do {					\
	uint64_t s_[FINWAIT2_A_STATS_MAX + 1];				\
									\
	EXPECT_EQ(0, (r)->wrong) TH_LOG("%s", (r)->why);		\
	ASSERT_EQ(0, fw2_race_stats(s_));				\
	EXPECT_EQ(0, s_[FINWAIT2_A_STATS_MISSED]);			\
	EXPECT_EQ((uint64_t)(r)->sockets,				\
		  s_[FINWAIT2_A_STATS_ENTERED]);			\
	EXPECT_EQ(s_[FINWAIT2_A_STATS_ENTERED] +			\
		  s_[FINWAIT2_A_STATS_ADOPTED],				\
		  fw2_race_flushed(s_) + fw2_race_left(s_) +		\
		  s_[FINWAIT2_A_STATS_TRACKED]);			\
	if (!(unseen)) {						\
		EXPECT_EQ((uint64_t)(r)->flushed, fw2_race_flushed(s_));	\
		EXPECT_EQ((uint64_t)(r)->left, fw2_race_left(s_));	\
	}								\
	printf("# %d sockets, %llu flushed, %llu left\n", (r)->sockets,	\
	       (unsigned long long)fw2_race_flushed(s_),		\
	       (unsigned long long)fw2_race_left(s_));			\
	fflush(stdout);							\
} while (0)

/* The peer's FIN, as an act: the plain case. */

static inline void fw2_race_fin(struct fw2_race *r, struct fw2_pair *p,
				int listener)
{
	close(p->peer);
	p->peer = -1;
}

/* The application has got what there was, then the end or the error. */
static inline enum fw2_seen fw2_race_see_end(struct fw2_race *r,
					     struct fw2_pair *p, bool data)
{
	char buf[8];
	int err;

	if (!fw2_wait(fw2_state(p->local) != FW2_FIN_WAIT2, 10000))
		return fw2_race_wrong(r, "it has not left", 0);
	if (data && recv(p->local, buf, sizeof(buf), MSG_DONTWAIT) != 3)
		return fw2_race_wrong(r, "what it had received is lost",
				      errno);
	err = fw2_read_error(p->local);
	if (err && err != ETIMEDOUT)
		return fw2_race_wrong(r, "read", err);
	return err ? FW2_SEEN_FLUSHED : FW2_SEEN_LEFT;
}

static inline enum fw2_seen fw2_race_see_data(struct fw2_race *r,
					      struct fw2_pair *p)
{
	return fw2_race_see_end(r, p, true);
}

static const struct fw2_act fw2_race_peer_fin = {
	.data	= true,
	.act	= fw2_race_fin,
	.see	= fw2_race_see_data,
};

#endif
