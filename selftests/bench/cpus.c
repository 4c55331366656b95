// SPDX-License-Identifier: GPL-2.0
/*
 * Connections on several CPUs at once.
 *
 * The clock of a VM that counts instructions does so for all of its CPUs, those
 * included that wait for a lock: so the time that all connections take, divided by
 * their number, is what each costs. Where the clock is a real one, CPUs do things at
 * once, and it is how often one is done.
 */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "bench.h"

/* Says that it is @ready, and begins once all others are: there is no more to read. */
static void worker(int cpu, int ready, int go)
{
	cpu_set_t set;
	char c;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_fail("sched_setaffinity");
	bench_warm_up();
	if (write(ready, "", 1) != 1 || read(go, &c, 1))
		_exit(1);
	bench_close(bench_count());
	_exit(0);
}

static void all_cpus(const char *measure, const char *who, int cpus)
{
	int ready[2], go[2], i, status;
	long long sum;
	char c;

	bench_settle();
	if (pipe(ready) || pipe(go))
		bench_fail("pipe");
	for (i = 0; i < cpus; i++) {
		if (!fork()) {
			close(go[1]);
			worker(i, ready[1], go[0]);
		}
	}
	for (i = 0; i < cpus; i++) {
		if (read(ready[0], &c, 1) != 1)
			bench_fail("a CPU's first connections");
	}
	/* What RCU does is part of it, as in conn.c. */
	bench_spin(BENCH_GRACE);
	sum = -bench_spin(BENCH_GRACE) - bench_ns();
	close(go[1]);
	for (i = 0; i < cpus; i++) {
		if (wait(&status) < 0 || status)
			bench_fail("a CPU's connections");
	}
	sum += bench_ns();
	sum += bench_spin(BENCH_GRACE);
	close(go[0]);
	close(ready[0]);
	close(ready[1]);
	bench_result(measure, who, cpus, (double)sum / bench_count() / cpus);
}

static void counted(const char *who, int cpus)
{
	all_cpus("cpus", who, cpus);
}

static void timed(const char *who, int cpus)
{
	all_cpus("native", who, cpus);
}

void part_cpus(void)
{
	bench_in_turns(counted, sysconf(_SC_NPROCESSORS_ONLN),
		       bench_number("rounds", 3));
}

void part_native(void)
{
	bench_in_turns(timed, sysconf(_SC_NPROCESSORS_ONLN),
		       bench_number("rounds", 5));
}
