// SPDX-License-Identifier: GPL-2.0
/* What else there is that flushes such sockets, measured in the same way */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "bench.h"

/* How long sockets may be idle, s. */
#define LIMIT		20

/*
 * Somebody who flushes: a program in /bench, with the arguments that have it flush
 * those that have been idle for LIMIT, and nobody. Without one it is the module.
 */
struct peer {
	const char	*name;
	const char	*program;
	const char	*some[2];
	const char	*none[2];
};

static const struct peer peers[] = {
	{ "finwait2" },
	{ "cron", "/bench/cron", {}, { "sport", "= :1" } },
	{ "iterator", "/bench/iter", { "20" }, { "3600" } },
	{ "state", "/bench/state", { "20" }, { "3600" } },
	{ "poller", "/bench/poller", { "20" }, { "3600" } },
	{}
};

static pid_t pid;

static void start(const struct peer *peer, bool some)
{
	const char *const *args = some ? peer->some : peer->none;

	if (!peer->program) {
		bench_load("adaptive_start=0");
		if (fw2_set("flush_interval", some ? LIMIT * 1000 : 3600000))
			bench_fail("flush_interval");
		return;
	}
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		execl(peer->program, peer->program, args[0], args[1], NULL);
		_exit(127);
	}
	if (pid < 0)
		bench_fail("fork");
	/* It has attached what it attaches, or ended. */
	bench_sleep(2);
	if (waitpid(pid, NULL, WNOHANG))
		bench_fail(peer->program);
}

static void stop(const struct peer *peer)
{
	if (!peer->program) {
		bench_unload();
		return;
	}
	kill(-pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		bench_fail(peer->program);
}

/* Ten looks a second: more would cost as much as what is measured. */
static bool gone_within(int seconds)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	int at = 0, looks;

	for (looks = 0; looks < 10 * seconds; looks++) {
		if (bench_all_gone(&at))
			return true;
		nanosleep(&tenth, NULL);
	}
	return false;
}

/* From when they are due, at the latest, until all have gone; or who never goes. */
static void measure_flush(const struct peer *peer, int n)
{
	struct bench_sum s;
	long long due;
	bool gone;
	int left;

	start(peer, true);
	bench_settle();
	bench_hold(n);
	due = bench_ns() + LIMIT * 1000000000LL;
	bench_start(&s);
	gone = gone_within(200);
	due = bench_ns() - due;
	left = gone ? 0 : bench_left();
	if (left == n)
		bench_fail(peer->name);
	bench_result("peer_flush", peer->name, n, bench_stop(&s) / (n - left));
	if (gone)
		bench_result("peer_late", peer->name, n, due / 1e9);
	bench_result("peer_left", peer->name, n, left);
	stop(peer);
}

void part_peers(void)
{
	int i, n = bench_number("tracked", BENCH_TRACKED) / 10;
	const struct peer *peer;

	for (i = 0; i < bench_number("rounds", 2); i++) {
		bench_result("peer_lingering", BENCH_STOCK, 0, bench_lingering());
		for (peer = peers; peer->name; peer++) {
			start(peer, false);
			bench_result("peer_lingering", peer->name, 0,
				     bench_lingering());
			stop(peer);
		}
	}

	bench_hold(n);
	bench_idle("peer_waiting", BENCH_STOCK, n);
	for (peer = peers; peer->name; peer++) {
		start(peer, false);
		bench_idle("peer_waiting", peer->name, n);
		stop(peer);
	}

	for (peer = peers; peer->name; peer++) {
		bench_release();
		measure_flush(peer, n);
	}
}
