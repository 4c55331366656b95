// SPDX-License-Identifier: GPL-2.0
/* What those cost that are held half-closed: to wait, to be listed, to be flushed */

#define _GNU_SOURCE
#include <stdlib.h>

#include "bench.h"
#include "../rule.h"

static struct fw2_pair *pairs;
static int held;

/* Have so many in FIN_WAIT_2 from now on. */
void bench_hold(int n)
{
	pairs = realloc(pairs, n * sizeof(*pairs));
	if (!pairs)
		bench_fail("realloc");
	for (; held < n; held++) {
		bench_connect(held, &pairs[held]);
		if (shutdown(pairs[held].local, SHUT_WR))
			bench_fail("shutdown");
	}
}

/* The peers first: a flushed socket's has nothing more to say. */
void bench_release(void)
{
	while (held > 0) {
		held--;
		close(pairs[held].peer);
		close(pairs[held].local);
	}
}

/* All have left FIN_WAIT_2. Each is asked until it has, and not again. */
bool bench_all_gone(int *at)
{
	while (*at < held && fw2_state(pairs[*at].local) != FW2_FIN_WAIT2)
		(*at)++;
	return *at == held;
}

/* How many are still in FIN_WAIT_2. */
int bench_left(void)
{
	int i, left = 0;

	for (i = 0; i < held; i++)
		left += fw2_state(pairs[i].local) == FW2_FIN_WAIT2;
	return left;
}

/* They got what they were to get from @who, and no end of file. */
static void expect_flushed(int errno_wanted)
{
	int i;

	for (i = 0; i < held; i++) {
		if (fw2_read_error(pairs[i].local) != errno_wanted)
			bench_fail("a socket was not flushed");
	}
}

/* A program, as its users start it; what it prints is not wanted. */
void bench_command(const char *command)
{
	if (system(command))
		bench_fail(command);
}

static void measure_command(const char *measure, const char *who,
			    const char *command, int n)
{
	long long start = bench_ns();

	bench_command(command);
	bench_result(measure, who, n, (double)(bench_ns() - start) / n);
}

/* Again, if it takes that: a listing goes on where sockets have gone meanwhile. */
static void flush_by_ss(int n)
{
	long long start, spinning;
	int at = 0;

	bench_hold(n);
	bench_settle();
	spinning = bench_spin(BENCH_GRACE);
	start = bench_ns();
	do {
		bench_command("ss -K state fin-wait-2 > /dev/null 2>&1");
	} while (!bench_all_gone(&at));
	bench_spin(BENCH_GRACE);
	bench_result("flush", "ss", n,
		     (double)(bench_ns() - start - spinning) / n);
	expect_flushed(ECONNABORTED);
}

/* All that the VM does is counted; the module has all the time that it needs for it. */
static void flush_by_module(int n)
{
	long rounds = BENCH_GRACE + n * 8000L;
	long long start, spinning;
	int at = 0;

	if (fw2_set("flush_interval", 0))
		bench_fail("flush_interval");
	bench_hold(n);
	if (!fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == n, 30000))
		bench_fail("not all are tracked");
	bench_settle();
	spinning = bench_spin(rounds);
	start = bench_ns();
	if (fw2_set("flush_interval", 500))
		bench_fail("flush_interval");
	bench_spin(rounds);
	bench_result("flush", BENCH_MODULE, n,
		     (double)(bench_ns() - start - spinning) / n);
	if (!bench_all_gone(&at))
		bench_fail("some are not flushed in time");
	expect_flushed(ETIMEDOUT);
}

void part_flush(void)
{
	int most = bench_number("tracked", BENCH_TRACKED), n, i;

	/* With tcp_diag loaded, which takes its time; part_crowd() has the most. */
	bench_command("ss -tn > /dev/null");
	for (n = most / 100; n < most; n *= 10) {
		flush_by_ss(n);
		bench_release();
	}
	bench_load("adaptive_start=0");
	for (n = most / 100; n <= most; n *= 10) {
		/* Few are done so soon that anything else would show. */
		for (i = 0; i < (n < most ? 5 : 1); i++) {
			bench_release();
			flush_by_module(n);
		}
	}
	bench_unload();
}

/* Long enough for some of the slowest sweeps that there are by default. */
#define IDLE_SECONDS	300

void bench_idle(const char *measure, const char *who, int n)
{
	struct bench_sum s;

	bench_settle();
	bench_start(&s);
	bench_sleep(IDLE_SECONDS);
	bench_result(measure, who, n, bench_stop(&s) / IDLE_SECONDS);
	bench_result("wakeups", who, n, (double)s.wakeups / IDLE_SECONDS);
}

/* While somebody else is sent something, once a second; that is not counted. */
static void idle_beside(const char *who, int n)
{
	struct fw2_pair p;
	struct bench_sum s;
	int i;
	char c;

	bench_connect(-1, &p);
	bench_settle();
	bench_start(&s);
	for (i = 0; i < IDLE_SECONDS; i++) {
		if (write(p.peer, "x", 1) != 1 || read(p.local, &c, 1) != 1)
			bench_fail("a byte");
		bench_sleep(1);
	}
	bench_result("beside", who, n, bench_stop(&s) / IDLE_SECONDS);
	fw2_close(&p);
}

/* As long as a socket stays, in part_turnover(): so many are there, 50 a second. */
#define TURNOVER_SECONDS	100
#define TURNOVER		(50 * TURNOVER_SECONDS)

/* They come and are due one after the other: what is done a second besides, at both ends. */
static void turnover(const char *who)
{
	const struct timespec between = { .tv_nsec = 1000000000 / 50 };
	struct bench_sum s;
	int i;

	bench_settle();
	for (i = 0; i < TURNOVER * 3; i++) {
		/* The first have gone, and others. */
		if (i == TURNOVER * 3 / 2)
			bench_start(&s);
		bench_hold(i + 1);
		nanosleep(&between, NULL);
	}
	bench_result("turnover", who, TURNOVER,
		     bench_stop(&s) / (TURNOVER_SECONDS * 3 / 2));
	bench_release();
}

void part_turnover(void)
{
	turnover(BENCH_STOCK);
	bench_load("adaptive_start=0");
	if (fw2_set("flush_interval", TURNOVER_SECONDS * 1000) ||
	    fw2_set("shut_interval", 0))
		bench_fail("flush_interval");
	turnover(BENCH_MODULE);
	bench_unload();
}

/* What the slab allocator has, bytes. */
static long long slab_bytes(void)
{
	long objects, all, size, each, pages, slabs;
	char line[512], name[64];
	long long sum = 0;
	FILE *f = fopen("/proc/slabinfo", "re");

	if (!f)
		bench_fail("/proc/slabinfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld %ld %ld %ld %ld :"
			   " tunables %*d %*d %*d : slabdata %*d %ld",
			   name, &objects, &all, &size, &each, &pages,
			   &slabs) == 7)
			sum += slabs * pages * sysconf(_SC_PAGESIZE);
	}
	fclose(f);
	return sum;
}

/* Load the module where many wait: that adopts them before it returns. */
static void adopt(void)
{
	bench_load("adaptive_start=0");
	if (fw2_stat(FINWAIT2_A_STATS_TRACKED) != held)
		bench_fail("not all are adopted");
}

static int count_message(const struct nlmsghdr *nlh, void *data)
{
	++*(int *)data;
	return MNL_CB_OK;
}

/* What the kernel does for a listing, and a process that only counts. */
static void dump_by_module(int n)
{
	long long start = bench_ns();
	struct fw2_request r;
	int seen = 0, err;

	fw2_begin(&r, FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP);
	err = fw2_end(&r, count_message, &seen);
	if (err || seen != n)
		bench_fail("dump");
	bench_result("dump_kernel", BENCH_MODULE, n,
		     (double)(bench_ns() - start) / n);
}

static void list(void)
{
	bench_command("ss -tn state fin-wait-2 > /dev/null");
}

static void come_and_go(int n)
{
	long long bytes = slab_bytes(), start = bench_ns();

	adopt();
	bench_result("load", BENCH_MODULE, n, (bench_ns() - start) / 1e6);
	bench_result("memory", BENCH_MODULE, n,
		     (double)(slab_bytes() - bytes) / n);
	start = bench_ns();
	bench_unload();
	bench_result("unload", BENCH_MODULE, n, (bench_ns() - start) / 1e6);

	bench_watched("late_list", BENCH_STOCK, n, list);
	bench_watched("late_load", BENCH_MODULE, n, adopt);
	bench_watched("late_unload", BENCH_MODULE, n, bench_unload);
}

/* All that needs many who wait: to have them takes longest. */
void part_crowd(void)
{
	int most = bench_number("tracked", BENCH_TRACKED), n;
	long long start;

	for (n = most / 1000; n <= most; n *= n < most / 10 ? 100 : 10) {
		bench_hold(n);
		bench_scale(n);
	}
	n = most;
	bench_idle("waiting", BENCH_STOCK, n);
	idle_beside(BENCH_STOCK, n);
	/* With tcp_diag loaded. */
	list();
	measure_command("dump", BENCH_STOCK,
			"ss -tn state fin-wait-2 > /dev/null", n);
	come_and_go(n);

	adopt();
	bench_idle("waiting", BENCH_MODULE, n);
	/* For none to be due meanwhile. */
	bench_unload();
	adopt();
	idle_beside(BENCH_MODULE, n);
	bench_unload();
	adopt();
	measure_command("dump", BENCH_MODULE, "finwait2 -br list > /dev/null", n);
	measure_command("dump_all", BENCH_MODULE, "finwait2 list > /dev/null", n);
	dump_by_module(n);
	/* While ftrace tells of shutdown(), and no sweep comes in between. */
	if (fw2_set("flush_interval", 2000000000))
		bench_fail("flush_interval");
	bench_settle();
	bench_result("lingering_told", BENCH_MODULE, n, bench_lingering());
	if (fw2_set("flush_interval", 0) || fw2_set("shut_interval", 0))
		bench_fail("flush_interval");
	bench_idle("waiting", "finwait2-off", n);
	start = bench_ns();
	bench_unload();
	bench_result("unload_told", BENCH_MODULE, n, (bench_ns() - start) / 1e6);
	bench_settle();
	bench_result("lingering_told", BENCH_STOCK, n, bench_lingering());

	flush_by_ss(n);
}
