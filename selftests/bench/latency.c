// SPDX-License-Identifier: GPL-2.0
/*
 * For how long others are kept from running, by one CPU's interrupts, softirqs and
 * what cannot be preempted.
 *
 * A thread that goes before all others sleeps for a moment, again and again. How much
 * too late it wakes is how long these were off at the most, with the lock of a bucket
 * held for instance.
 */

#define _GNU_SOURCE
#include <pthread.h>

#include "bench.h"

#define PERIOD_NS	50000

static bool ended;
static long long latest;

static void *watch(void *unused)
{
	struct sched_param param = { .sched_priority = 50 };
	struct timespec next;
	long long at, late;

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		bench_fail("sched_setscheduler");
	at = bench_ns();
	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED)) {
		at += PERIOD_NS;
		next.tv_sec = at / 1000000000;
		next.tv_nsec = at % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = bench_ns() - at;
		if (late > latest)
			latest = late;
		at += late > 0 ? late : 0;
	}
	return unused;
}

void bench_watched(const char *measure, const char *who, int n,
		   void (*what)(void))
{
	pthread_t thread;

	bench_settle();
	ended = false;
	latest = 0;
	if (pthread_create(&thread, NULL, watch, NULL))
		bench_fail("pthread_create");
	what();
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	/* The clock's nanosecond is an instruction; a CPU does one or more in it. */
	bench_result(measure, who, n, latest / 1000.0);
}
