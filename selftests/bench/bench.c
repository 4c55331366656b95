// SPDX-License-Identifier: GPL-2.0
/*
 * What finwait2 costs, in a VM that counts instructions.
 *
 * QEMU's -icount makes the clock of such a VM tick once an instruction, so time is
 * cost: all times here are nanoseconds, and each is an instruction. Where the VM
 * is idle its clock jumps to the next timer. What was done meanwhile is what the
 * scheduler says for how long tasks have run, to the nanosecond. What interrupts do
 * while none runs is not in it; timers are counted. (That a CPU was not idle, as
 * /proc/uptime has it, is no good: on 7.3, idle time and ticks overlap by up to a
 * millisecond at each wake-up.)
 *
 * usage: bench PART: measure what belongs together, see the table at the end. Each
 * result is a line of JSON on the standard output, and the last line says "measured":
 * then this waits to be killed, or for the VM to end. A part measures without the
 * module and with it in turns, so that both meet the same kernel in the same state,
 * whatever that is.
 */

#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/resource.h>

#include "bench.h"

void bench_fail(const char *what)
{
	printf("failed: %s: %s\n", what, strerror(errno));
	exit(1);
}

void bench_result(const char *measure, const char *who, long n, double value)
{
	printf("{\"measure\":\"%s\",\"who\":\"%s\",\"n\":%ld,\"value\":%.2f}\n",
	       measure, who, n, value);
	fflush(stdout);
}

/* A number from the kernel's command line, which init has for environment. */
long bench_number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

long long bench_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long bench_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* How often the timer of this CPU has interrupted it. */
static long timer_interrupts(void)
{
	char line[512];
	long n = -1;
	FILE *f = fopen("/proc/interrupts", "re");

	if (!f)
		bench_fail("/proc/interrupts");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " LOC: %ld", &n) == 1)
			break;
	fclose(f);
	if (n < 0)
		bench_fail("/proc/interrupts");
	return n;
}

/* For how long tasks have run, on all CPUs. */
static long long tasks_ran(void)
{
	const struct timespec moment = { .tv_nsec = 1 };
	long long ran, sum = 0;
	char line[512];
	FILE *f;

	/* What this one has run is added when it sleeps. */
	nanosleep(&moment, NULL);
	f = fopen("/proc/schedstat", "re");
	if (!f)
		bench_fail("/proc/schedstat");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "cpu%*d %*d %*d %*d %*d %*d %*d %lld",
			   &ran) == 1)
			sum += ran;
	}
	fclose(f);
	if (!sum)
		bench_fail("/proc/schedstat");
	return sum;
}

void bench_sleep(int seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left))
		;
}

/* Let the kernel do what there is to be done about what came before. */
void bench_settle(void)
{
	/* Longer than TIME_WAIT. A VM that counts takes no time to be idle. */
	bench_sleep(bench_number("settle", 65));
}

/*
 * Do nothing, which takes as many instructions each time: how much longer it took is
 * what the kernel did meanwhile, in interrupts, too.
 */
long long bench_spin(long rounds)
{
	long long start = bench_ns();

	while (rounds--) {
		/* For the compiler not to leave it out. */
		asm("");
	}
	return bench_ns() - start;
}

/* Begin to count what is done, but for what this process does itself. */
void bench_start(struct bench_sum *s)
{
	s->wakeups = timer_interrupts();
	s->ran = tasks_ran();
	s->cpu = bench_cpu();
}

/* The same at the end. */
double bench_stop(struct bench_sum *s)
{
	s->ran = tasks_ran() - s->ran;
	s->cpu = bench_cpu() - s->cpu;
	s->wakeups = timer_interrupts() - s->wakeups;
	return s->ran - s->cpu;
}

void bench_load(const char *params)
{
	int err = fw2_load(params);

	if (err) {
		errno = -err;
		bench_fail("load");
	}
}

void bench_unload(void)
{
	if (fw2_unload())
		bench_fail("unload");
}

static const struct bench_part parts[] = {
	{ "connections", part_connections },
	{ "transfer", part_transfer },
	{ "rules", part_rules },
	{ "flush", part_flush },
	{ "crowd", part_crowd },
	{ "turnover", part_turnover },
	{ "peers", part_peers },
	{ "cpus", part_cpus },
	{ "native", part_native },
	{}
};

int main(int argc, char **argv)
{
	struct rlimit files = { 500000, 500000 };
	const struct bench_part *part;

	if (setrlimit(RLIMIT_NOFILE, &files))
		bench_fail("setrlimit");
	/* A little is not to be more. */
	if (prctl(PR_SET_TIMERSLACK, 1))
		bench_fail("prctl");
	if (fw2_write_sysctl("ip_local_port_range", "1024 65001") ||
	    fw2_write_sysctl("tcp_max_tw_buckets", "1000000"))
		bench_fail("sysctl");

	for (part = parts; part->name; part++) {
		if (argc == 2 && !strcmp(part->name, argv[1])) {
			bench_settle();
			part->run();
			/* To close them all would take longer than to measure. */
			puts("measured");
			fflush(stdout);
			pause();
		}
	}
	fprintf(stderr, "usage: bench PART\n");
	return 2;
}
