// SPDX-License-Identifier: GPL-2.0
/* What a connection costs, at both of its ends */

#define _GNU_SOURCE
#include "bench.h"
#include "../rule.h"

/* Those that are measured, and those that are held: there are ports enough for all. */
#define LISTENERS	9
/* Of a slab: those of segments have 16 objects, or 32, and each is met as often. */
#define PLACES		32
/* More than are free in slabs that others have left partly empty. */
#define FILL		512

/* How often a connection, or a segment, is measured; and before, to fill caches. */
#define COUNT		8000
#define WARM_UP		2000

/* No sweep comes in between: what those cost is measured by itself, see bench_idle(). */
#define PATIENT		"adaptive_start=0 flush_interval=2000000000 shut_interval=2000000000"

static int listeners[LISTENERS];
static uint16_t ports[LISTENERS];
static struct fw2_pair held[FILL + PLACES];

/* Connection @i to one of the listeners; -1: to one that no others use. */
void bench_connect(int i, struct fw2_pair *p)
{
	int which = i < 0 ? 0 : 1 + i % (LISTENERS - 1);

	if (!ports[which])
		listeners[which] = fw2_listen(FW2_V4, &ports[which]);
	if (listeners[which] < 0 ||
	    fw2_connect_to(listeners[which], FW2_V4, ports[which], p))
		bench_fail("connect");
}

static void expect_eof(int fd)
{
	char c;

	if (read(fd, &c, 1))
		bench_fail("read");
}

/* What a web server does: shut, wait for the end, close. */
static void lingering_close(struct fw2_pair *p)
{
	bench_connect(-1, p);
	shutdown(p->local, SHUT_WR);
	expect_eof(p->peer);
	shutdown(p->peer, SHUT_WR);
	expect_eof(p->local);
	fw2_close(p);
}

static void plain_close(struct fw2_pair *p)
{
	bench_connect(-1, p);
	close(p->local);
	expect_eof(p->peer);
	close(p->peer);
}

static void send_segment(int fd)
{
	static const char segment[1400];

	if (write(fd, segment, sizeof(segment)) != sizeof(segment))
		bench_fail("write");
}

/* A segment to the local end, read as it comes. */
static void one_segment(struct fw2_pair *p)
{
	char segment[1400];

	send_segment(p->peer);
	if (read(p->local, segment, sizeof(segment)) != sizeof(segment))
		bench_fail("read");
}

static void hold_one(struct fw2_pair *p)
{
	bench_connect(-1, p);
	send_segment(p->peer);
}

static void fill_slabs(void)
{
	int i;

	for (i = 0; i < FILL; i++)
		hold_one(&held[i]);
}

long bench_count(void)
{
	return bench_number("count", COUNT);
}

static void repeat(void (*what)(struct fw2_pair *p), struct fw2_pair *p, long n)
{
	while (n-- > 0)
		what(p);
}

/*
 * What it takes to do something once: two things would make that a matter of chance.
 *
 * SLUB has a fast path and a slow one, and which it takes for an object that comes and
 * goes depends on how many others are in use: at the end of a slab it may be the slow
 * one each time. So go on to another place in all slabs, again and again: at each,
 * one connection more is held, and a segment that nobody reads. And as slabs end
 * elsewhere where others have left gaps, fill these first.
 *
 * And RCU frees what a connection leaves much later, together with that of hundreds of
 * others. So begin and end where nothing is left to it.
 */
static double once(void (*what)(struct fw2_pair *p), struct fw2_pair *p)
{
	long n = bench_count() / PLACES;
	long long start, sum;
	int place;

	fill_slabs();
	bench_spin(BENCH_GRACE);
	sum = -bench_spin(BENCH_GRACE);
	for (place = FILL; place < FILL + PLACES; place++) {
		hold_one(&held[place]);
		start = bench_ns();
		repeat(what, p, n);
		sum += bench_ns() - start;
	}
	sum += bench_spin(BENCH_GRACE);
	for (place = 0; place < FILL + PLACES; place++)
		fw2_close(&held[place]);
	return (double)sum / (n * PLACES);
}

/* One of many, once caches of the kernel's are filled. */
static double one_of_many(void (*one)(struct fw2_pair *p))
{
	struct fw2_pair p;

	bench_settle();
	repeat(one, &p, WARM_UP);
	return once(one, &p);
}

static double transfer(bool half_closed)
{
	const int nodelay = 1;
	struct fw2_pair p;
	double instructions;

	bench_settle();
	bench_connect(-1, &p);
	setsockopt(p.peer, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof(nodelay));
	if (half_closed && fw2_half_close(&p, SHUT_WR))
		bench_fail("shutdown");
	/* For caches and windows to grow. */
	repeat(one_segment, &p, WARM_UP);
	instructions = once(one_segment, &p);
	fw2_close(&p);
	return instructions;
}

static void closes(const char *who, int n)
{
	bench_result("lingering", who, n, one_of_many(lingering_close));
	bench_result("plain", who, n, one_of_many(plain_close));
}

static void segments(const char *who, int n)
{
	bench_result("established", who, n, transfer(false));
	bench_result("halfclosed", who, n, transfer(true));
}

/* Without the module and with it, so that both meet the same kernel, and again. */
void bench_in_turns(void (*measure)(const char *who, int n), int n, long rounds)
{
	while (rounds-- > 0) {
		measure(BENCH_STOCK, n);
		bench_load(PATIENT);
		measure(BENCH_MODULE, n);
		bench_unload();
	}
}

void part_connections(void)
{
	bench_in_turns(closes, 0, bench_number("rounds", 3));
}

void part_transfer(void)
{
	bench_in_turns(segments, 0, bench_number("rounds", 3));
}

/* While @n wait. */
void bench_scale(int n)
{
	bench_in_turns(closes, n, 1);
	bench_in_turns(segments, n, 1);
}

double bench_lingering(void)
{
	return one_of_many(lingering_close);
}

void bench_close(long n)
{
	struct fw2_pair p;

	repeat(lingering_close, &p, n);
}

/* To be followed by bench_close(), in the same process. */
void bench_warm_up(void)
{
	fill_slabs();
	bench_close(WARM_UP);
}

/* So many rules of local ports that none listens on, and perhaps one for all. */
static void set_rules(int n, bool matching)
{
	struct fw2_request r;
	char *text, *p;
	int i, err;

	text = malloc(n * 64 + 64);
	p = text;
	*p = 0;
	for (i = matching; i < n; i++)
		p += sprintf(p, "prio %d sport %d interval 5000\n", i + 1,
			     60000 + i);
	if (matching)
		sprintf(p, "prio 5000 interval 600000\n");
	fw2_put_rules(fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0), text);
	err = fw2_end(&r, NULL, NULL);
	free(text);
	if (err) {
		errno = -err;
		bench_fail("rules");
	}
}

void part_rules(void)
{
	static const int numbers[] = { 0, 1, 64, 1024 };
	long i, rounds = bench_number("rounds", 2);
	size_t j;

	bench_load("");
	for (i = 0; i < rounds; i++) {
		for (j = 0; j < 4; j++) {
			set_rules(numbers[j], false);
			bench_result("rules", BENCH_MODULE, numbers[j],
				     one_of_many(lingering_close));
			if (!numbers[j])
				continue;
			set_rules(numbers[j], true);
			bench_result("rules_match", BENCH_MODULE, numbers[j],
				     one_of_many(lingering_close));
		}
	}
	bench_unload();
}
