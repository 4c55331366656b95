/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the benchmark share: clocks, results, connections */
#ifndef FW2_BENCH_H
#define FW2_BENCH_H

#include <stdnoreturn.h>

#include "../fw2.h"

/* Who costs it. */
#define BENCH_STOCK	"stock"
#define BENCH_MODULE	"finwait2"

/* Rounds of bench_spin() in which RCU frees whatever it has to. */
#define BENCH_GRACE	40000000L

/* How many there are at the most, where it matters. */
#define BENCH_TRACKED	100000

struct bench_part {
	const char	*name;
	void		(*run)(void);
};

/* What was there as a measurement began, and then what has come since. */
struct bench_sum {
	long long	ran;
	long long	cpu;
	long		wakeups;
};

noreturn void bench_fail(const char *what);
void bench_result(const char *measure, const char *who, long n, double value);
long bench_number(const char *name, long otherwise);

long long bench_ns(void);
void bench_sleep(int seconds);
void bench_settle(void);
long long bench_spin(long rounds);
void bench_start(struct bench_sum *s);
double bench_stop(struct bench_sum *s);

void bench_load(const char *params);
void bench_unload(void);

void bench_connect(int i, struct fw2_pair *p);
double bench_lingering(void);
long bench_count(void);
void bench_warm_up(void);
void bench_close(long n);
void bench_in_turns(void (*measure)(const char *who, int n), int n, long rounds);

void bench_hold(int n);
void bench_release(void);
bool bench_all_gone(int *at);
int bench_left(void);
void bench_command(const char *command);
void bench_idle(const char *measure, const char *who, int n);
void bench_scale(int n);
void bench_watched(const char *measure, const char *who, int n,
		   void (*what)(void));

void part_connections(void);
void part_transfer(void);
void part_rules(void);
void part_flush(void);
void part_crowd(void);
void part_turnover(void);
void part_peers(void);
void part_cpus(void);
void part_native(void);

#endif
