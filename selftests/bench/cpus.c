// SPDX-License-Identifier: GPL-2.0
/*
 * Connections on several CPUs at once.
 *
 * The clock of a VM that counts instructions does so for all of its CPUs, those
 * included that wait for a lock: so what a connection takes, divided by how many are
 * made at a time, is what it costs. Where the clock is a real one, CPUs do things at
 * once, and that is how long one takes to be made.
 */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "bench.h"

static void worker(int cpu, int fd)
{
	cpu_set_t set;
	double cost;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_fail("sched_setaffinity");
	cost = bench_lingering();
	if (write(fd, &cost, sizeof(cost)) != sizeof(cost))
		_exit(1);
	_exit(0);
}

static void all_cpus(const char *measure, const char *who, int cpus)
{
	double cost, sum = 0;
	int fds[2], i, status;

	if (pipe(fds))
		bench_fail("pipe");
	for (i = 0; i < cpus; i++) {
		if (!fork())
			worker(i, fds[1]);
	}
	for (i = 0; i < cpus; i++) {
		if (wait(&status) < 0 || status ||
		    read(fds[0], &cost, sizeof(cost)) != sizeof(cost))
			bench_fail("a CPU's connections");
		sum += cost;
	}
	close(fds[0]);
	close(fds[1]);
	bench_result(measure, who, cpus, sum / cpus / cpus);
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
		       bench_number("rounds", 5));
}

void part_native(void)
{
	bench_in_turns(timed, sysconf(_SC_NPROCESSORS_ONLN),
		       bench_number("rounds", 5));
}
