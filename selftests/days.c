// SPDX-License-Identifier: GPL-2.0
/*
 * The longest limits that there are, and the time when the low half of jiffies wraps
 *
 * Twenty-four days pass in a VM whose clock goes on when it is idle: FINWAIT2_DAYS
 * says how many to wait for, and kselftest_override_timeout must allow for as many in
 * seconds. Who waits must be idle for that: nothing here is polled for oftener than
 * need be. Jiffies begin five minutes before they wrap, so the other test comes first,
 * and in a VM that has just been booted.
 */

#define _GNU_SOURCE
#include "far.h"
#include "rule.h"
#include "kselftest_harness.h"

#define HOUR		(3600 * 1000LL)
#define DAY		(24 * HOUR)
#define LONGEST		(24 * DAY)

/* Somebody who waits: from when, for how long at least, and what came of it. */
struct waiter {
	const char	*name;
	bool		shut;
	struct fw2_pair	p;
	long long	since;
	long long	limit;
	long long	left;
};

/* It takes a while, even if nothing happens. */
static void say_day(void)
{
	static long long said;
	long long day = fw2_now() / DAY;

	if (day > said)
		printf("# %lld days after boot\n", day);
	fflush(stdout);
	said = day;
}

/* Sleep until some time, and note when any of the waiters is flushed meanwhile. */
static void sleep_until(long long when, struct waiter *w, int n)
{
	struct pollfd pfds[16];
	struct timespec ts;
	long long ms;
	int i;

	for (;;) {
		/*
		 * One that is flushed is not to be looked at again, and one with
		 * both sides shut always has something to tell.
		 */
		for (i = 0; i < n; i++) {
			pfds[i].fd = w[i].left ? -1 :
				     w[i].shut ? w[i].p.peer : w[i].p.local;
			pfds[i].events = 0;
		}
		ms = when - fw2_now();
		if (ms <= 0)
			return;
		ms = ms < DAY ? ms : DAY;
		ts = (struct timespec) { ms / 1000, ms % 1000 * 1000000 };
		ppoll(pfds, n, &ts, NULL);
		say_day();
		for (i = 0; i < n; i++) {
			if (!w[i].left &&
			    fw2_state(w[i].p.local) != FW2_FIN_WAIT2)
				w[i].left = fw2_now();
		}
	}
}

static bool all_left(const struct waiter *w, int n)
{
	while (n > 0 && w[n - 1].left)
		n--;
	return !n;
}

#define half_close_all(w, n) do {					\
	int i_;								\
									\
	for (i_ = 0; i_ < (n); i_++) {					\
		(w)[i_].since = fw2_now();				\
		ASSERT_EQ(0, fw2_half_close(&(w)[i_].p, SHUT_WR));	\
	}								\
} while (0)

/* Never early, and late by an eighth at most. */
#define expect_in_time(w) do {						\
	long long t_ = (w)->left - (w)->since;				\
									\
	EXPECT_NE(0, (w)->left) TH_LOG("%s", (w)->name);		\
	EXPECT_LE((w)->limit, t_) TH_LOG("%s", (w)->name);		\
	EXPECT_GE(fw2_latest((w)->limit), t_) TH_LOG("%s", (w)->name);	\
	EXPECT_EQ(ETIMEDOUT, fw2_read_error((w)->p.local))		\
		TH_LOG("%s", (w)->name);				\
	printf("# %s: flushed after %lld ms, %lld ms more than its limit\n", \
	       (w)->name, t_, t_ - (w)->limit);				\
	fflush(stdout);							\
} while (0)

/* The kernel's time, as it says it itself; 0: it does not. */
static unsigned long long kernel_time(void)
{
	unsigned long long j = 0;
	char line[256];
	FILE *f = fopen("/proc/timer_list", "re");

	while (f && !j && fgets(line, sizeof(line), f))
		sscanf(line, "jiffies: %llu", &j);
	if (f)
		fclose(f);
	return j;
}

/* How many a second: one of those that can be configured. */
static int hz(void)
{
	static const int choices[] = { 100, 250, 300, 1000 };
	long long start = fw2_now();
	unsigned long long j = kernel_time();
	int i, is, best = 0;

	sleep_until(start + 2000, NULL, 0);
	is = (kernel_time() - j) * 1000 / (fw2_now() - start);
	for (i = 1; i < 4; i++) {
		if (abs(choices[i] - is) < abs(choices[best] - is))
			best = i;
	}
	return choices[best];
}

FIXTURE(wrap)
{
	struct fw2_far far;
	/* When it happens. */
	long long at;
};

FIXTURE_SETUP(wrap)
{
	unsigned long long j = kernel_time(), end = 1ULL << 32;

	if (!j)
		SKIP(return, "/proc/timer_list does not tell jiffies");
	if (j >= end)
		SKIP(return, "jiffies have wrapped; to be run right after boot");
	self->at = fw2_now() + (end - j) * 1000 / hz();
	if (self->at - fw2_now() < 30000)
		SKIP(return, "jiffies are about to wrap; to be run right after boot");
	ASSERT_EQ(0, fw2_netns());
	if (fw2_far_make(&self->far))
		SKIP(return, "no veth");
}

FIXTURE_TEARDOWN(wrap)
{
	fw2_far_unmake(&self->far);
}

static int receive(struct waiter *w)
{
	w->since = fw2_now();
	return send(w->p.peer, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int read_one(struct waiter *w)
{
	char c;

	w->since = fw2_now();
	return recv(w->p.local, &c, 1, MSG_DONTWAIT) == 1 ? 0 : -1;
}

enum { IDLE, BEFORE, AFTER, READ, OLD, VANISHED, LATE, WAITERS };

TEST_F_TIMEOUT(wrap, limits, 600)
{
	struct waiter w[WAITERS] = {
		[IDLE] = { .name = "idle", .limit = 10000 },
		[BEFORE] = { .name = "received before", .limit = 10000 },
		[AFTER] = { .name = "received after", .limit = 10000 },
		[READ] = { .name = "read before", .limit = 10000 },
		[OLD] = { .name = "old", .limit = 12000 },
		[VANISHED] = { .name = "vanished", .limit = 12000 },
		[LATE] = { .name = "comes after", .limit = 10000 },
	};
	struct waiter orphan = { .name = "orphan", .limit = 10000 };
	uint16_t port;
	int i;

	ASSERT_EQ(0, fw2_set("flush_interval", 10000));
	ASSERT_EQ(0, fw2_set("orphan_interval", 10000));
	for (i = 0; i < WAITERS; i++) {
		ASSERT_EQ(0, i == VANISHED ?
			     fw2_far_connect(&self->far, false, &w[i].p) :
			     fw2_connect(FW2_V4, &w[i].p));
	}
	ASSERT_EQ(0, fw2_connect(FW2_V4, &orphan.p));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 0 max-age 12000\n"
			       "prio 2 sport %d interval 0 keepstart 6000 keepstop 12000",
			       fw2_port(w[OLD].p.local),
			       fw2_port(w[VANISHED].p.local)));

	sleep_until(self->at - 7000, NULL, 0);
	half_close_all(w, LATE);
	ASSERT_EQ(0, fw2_half_close(&orphan.p, SHUT_WR));
	port = fw2_port(orphan.p.local);
	orphan.since = fw2_now();
	close(orphan.p.local);
	ASSERT_EQ(0, system(FW2_FAR_LOSS));
	ASSERT_EQ(0, receive(&w[READ]));
	sleep_until(self->at - 1500, w, LATE);
	ASSERT_EQ(0, receive(&w[BEFORE]) | receive(&w[LATE]) |
		     read_one(&w[READ]));
	ASSERT_GT(self->at, fw2_now());

	sleep_until(self->at + 1500, w, LATE);
	ASSERT_LT(1ULL << 32, kernel_time());
	ASSERT_EQ(0, receive(&w[AFTER]));
	half_close_all(&w[LATE], 1);
	fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port), 20000);
	orphan.left = fw2_now();
	sleep_until(self->at + 1500 + fw2_latest(12000), w, WAITERS);
	ASSERT_TRUE(all_left(w, WAITERS));

	/* What they had received is to be read before the error. */
	for (i = 0; i < WAITERS; i++) {
		if (i == BEFORE || i == AFTER || i == LATE)
			recv(w[i].p.local, &(char) { 0 }, 1, MSG_DONTWAIT);
		expect_in_time(&w[i]);
		fw2_close(&w[i].p);
	}
	EXPECT_LE(orphan.limit, orphan.left - orphan.since);
	EXPECT_GE(fw2_latest(orphan.limit), orphan.left - orphan.since);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_AGE));
	EXPECT_EQ(WAITERS - 2, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	close(orphan.p.peer);
}

FIXTURE(days)
{
	long long longest;
};

FIXTURE_SETUP(days)
{
	const char *days = getenv("FINWAIT2_DAYS");

	if (!days)
		SKIP(return, "FINWAIT2_DAYS does not say how many, up to 24");
	self->longest = atoi(days) * DAY;
	ASSERT_TRUE(self->longest > 0 && self->longest <= LONGEST);
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", self->longest));
	ASSERT_EQ(0, fw2_set("shut_interval", self->longest));
	ASSERT_EQ(0, fw2_set("orphan_interval", self->longest));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
}

FIXTURE_TEARDOWN(days)
{
}

/* An orphan has no descriptor to wait for: it is looked for each hour. */
static void sleep_for_all(struct waiter *w, int n, struct waiter *orphan,
			  uint16_t port, long long end)
{
	while (fw2_now() < end && !(all_left(w, n) && orphan->left)) {
		long long hour = fw2_now() + HOUR;

		sleep_until(hour < end ? hour : end, w, n);
		if (!orphan->left && !fw2_proc_count(FW2_FIN_WAIT2, port))
			orphan->left = fw2_now();
	}
}

TEST_F_TIMEOUT(days, longest, 30 * 24 * 3600)
{
	const long long longest = self->longest;
	struct waiter w[] = {
		{ .name = "held" }, { .name = "received" },
		{ .name = "shut", .shut = true }, { .name = "old" },
	};
	struct waiter orphan = { .name = "orphan", .limit = longest };
	const int n = sizeof(w) / sizeof(w[0]);
	uint16_t port;
	char c;
	int i;

	for (i = 0; i < n; i++) {
		w[i].limit = longest;
		ASSERT_EQ(0, fw2_connect(i % 3, &w[i].p));
	}
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 0 max-age %lld",
			       fw2_port(w[3].p.local), longest));
	half_close_all(w, n);
	ASSERT_EQ(0, shutdown(w[2].p.local, SHUT_RD));
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &orphan.p));
	port = fw2_port(orphan.p.local);
	orphan.since = fw2_now();
	close(orphan.p.local);

	/* A quarter of the time later, two are active. */
	sleep_until(w[0].since + longest / 4, w, n);
	w[1].since = fw2_now();
	for (i = 1; i < n; i += 2)
		ASSERT_EQ(1, send(w[i].p.peer, "x", 1, MSG_NOSIGNAL));

	sleep_until(w[0].since + longest - 2 * HOUR, w, n);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, port));
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, w[i].left);
	sleep_for_all(w, n, &orphan, port, w[1].since + fw2_latest(longest));

	/* What they had received is to be read before the error. */
	for (i = 1; i < n; i += 2)
		EXPECT_EQ(1, recv(w[i].p.local, &c, 1, MSG_DONTWAIT));
	for (i = 0; i < n; i++) {
		expect_in_time(&w[i]);
		fw2_close(&w[i].p);
	}
	EXPECT_LE(longest, orphan.left - orphan.since);
	EXPECT_GE(fw2_latest(longest) + HOUR, orphan.left - orphan.since);
	printf("# orphan: gone after %lld h, %lld h more than its limit\n",
	       (orphan.left - orphan.since) / HOUR,
	       (orphan.left - orphan.since - longest) / HOUR);
	close(orphan.p.peer);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
}

TEST_HARNESS_MAIN
