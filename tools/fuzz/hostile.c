// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that no kernel should give, to each command, in order
 *
 * What is done by a fuzzer at random is done here once for all: each datagram of
 * each answer is cut at each length, has each byte changed, and suffers whatever
 * else is in a list. A command must then fail and say why, unless what was left
 * is an answer after all.
 *
 *	hostile [N]		all of it, or only every Nth
 *	hostile good		what a good kernel answers, and nothing else
 *	hostile endless		that, on and on
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "fake.h"

/* How long a command may take for answers that go on and on, s of CPU time. */
#define HOSTILE_SECONDS	20

/* How many failures are told in full. */
#define HOSTILE_TOLD	20

static struct {
	unsigned int runs;
	unsigned int content;
	unsigned int wrong;
} hostile;

/**
 * struct attack - what a datagram suffers
 * @name: what that is called
 * @spoil: what it is
 * @fails: a command that needs the datagram cannot succeed
 */
struct attack {
	const char *name;
	struct spoil spoil;
	bool fails;
};

#define ATTACK(name, op, offset, value, fails) \
	{ name, { SPOIL_##op, 0, offset, value }, fails }

static const struct attack attacks[] = {
	ATTACK("cut by the socket", TRUNC, 0, 0, true),
	ATTACK("empty", EMPTY, 0, 0, true),
	ATTACK("longer than the buffer", GROW, 0, 100000, true),
	ATTACK("something behind it", GROW, 0, 3, false),
	ATTACK("zeroes behind it", GROW, 0, 64, false),
	ATTACK("a length of 0", PUT32, 0, 0, true),
	ATTACK("a length of 15", PUT32, 0, 15, true),
	ATTACK("the largest length", PUT32, 0, ~0U, true),
	ATTACK("a negative length", PUT32, 0, 1U << 31, true),
	ATTACK("of another question", SEQ, 0, 1, false),
	ATTACK("of an older question", SEQ, 0, -1U, false),
	ATTACK("for another socket", PID, 0, 1, false),
	ATTACK("from another process", FROM, 0, 99, false),
	ATTACK("of an interrupted dump", INTR, 0, 0, false),
	ATTACK("once more", REPEAT, 0, 1, false),
	ATTACK("not at all", DROP, 0, 0, false),
	ATTACK("EINTR", ERROR, 0, EINTR, false),
	ATTACK("EIO", ERROR, 0, EIO, true),
	ATTACK("ENOBUFS", ERROR, 0, ENOBUFS, true),
	ATTACK("type 0", TYPE, 0, 0, true),
	ATTACK("NLMSG_NOOP", TYPE, 0, NLMSG_NOOP, false),
	ATTACK("NLMSG_OVERRUN", TYPE, 0, NLMSG_OVERRUN, true),
	ATTACK("of a family that is not", TYPE, 0, 0xffff, true),
	ATTACK("command 0", CMD, 0, 0, false),
	ATTACK("command 255", CMD, 0, 255, false),
	ATTACK("EPERM", REFUSE, 0, EPERM, true),
	ATTACK("ENOENT", REFUSE, 0, ENOENT, true),
	ATTACK("error 1", REFUSE, 0, -1U, true),
	ATTACK("the least error", REFUSE, 0, 1U << 31, true),
	ATTACK("an error of much", REFUSE, 0xf000, 1, true),
	ATTACK("attributes in attributes", NEST, 0x8001, 15000, false),
	ATTACK("rules in rules", NEST, 1, 7000, false),
	ATTACK("groups in groups", NEST, 7, 7000, false),
	ATTACK("all ones", FILL, 20, 255, false),
	ATTACK("all zeroes", FILL, 20, 0, false),
};

static const struct attack good = { "good", { SPOIL_OPS, 0, 0, 0 }, false };

static void hostile_tell(unsigned int command, unsigned int style,
			 const struct attack *attack, const char *why,
			 const struct outcome *outcome)
{
	unsigned int i;

	if (hostile.wrong++ >= HOSTILE_TOLD)
		return;
	printf("finwait2%s", style & RUN_JSON ? " -j" : "");
	for (i = 0; i < RUN_WORDS && run_commands[command][i]; i++)
		printf(" %s", run_commands[command][i]);
	printf(": datagram %u, %s, offset %u, value %#x: %s\n",
	       attack->spoil.at, attack->name, attack->spoil.offset,
	       attack->spoil.value, why);
	printf("status %d\n%s%.400s\n", outcome->status, outcome->err,
	       outcome->out);
}

/* Run a command, and look at what it does; with @must it cannot succeed. */
static void hostile_run(unsigned int command, unsigned int style,
			const struct attack *attack, bool must)
{
	struct fake_plan plan = { .spoils = &attack->spoil, .count = 1 };
	struct outcome outcome;
	const char *wrong;

	if (!run_suits(command, style))
		style ^= RUN_JSON;
	fake_begin(&plan);
	run_command(&outcome, command, style);
	wrong = run_check(&outcome, command, style);
	if (!wrong && must && !outcome.status)
		wrong = "it should have failed";
	if (!wrong && attack == &good && *outcome.err)
		wrong = "it should not have failed";
	if (wrong)
		hostile_tell(command, style, attack, wrong, &outcome);
	hostile.runs++;
	hostile.content += !outcome.status;
	run_free(&outcome);
	fake_end();
}

/* Whether each is looked at depends on where one begins. */
static bool hostile_turn(unsigned int every)
{
	static unsigned int turn;

	return !(turn++ % every);
}

static void hostile_bytes(unsigned int command, unsigned int at, size_t len,
			  unsigned int every)
{
	/* All of its bits, the highest, the lowest */
	static const u8 bits[] = { 0xff, 0x80, 1 };
	struct attack cut = ATTACK("cut", CUT, 0, 0, false);
	struct attack flip = ATTACK("a byte", FLIP, 0, 0, false);
	size_t i;

	cut.spoil.at = at;
	flip.spoil.at = at;
	for (i = 0; i < len; i++) {
		cut.spoil.value = i;
		flip.spoil.offset = i;
		flip.spoil.value = bits[i % ARRAY_SIZE(bits)];
		if (hostile_turn(every))
			hostile_run(command, i % RUN_STYLES, &cut, false);
		if (hostile_turn(every))
			hostile_run(command, i % RUN_STYLES, &flip, false);
	}
}

static void hostile_list(unsigned int command, unsigned int at, bool must,
			 unsigned int every)
{
	struct attack attack;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attacks); i++) {
		attack = attacks[i];
		attack.spoil.at = at;
		if (hostile_turn(every))
			hostile_run(command, 0, &attack, must && attack.fails);
		if (hostile_turn(every))
			hostile_run(command, RUN_JSON, &attack, must && attack.fails);
	}
}

/* No answer has an end that a program could know of. But it must not be slow. */
static void hostile_endless(unsigned int command, unsigned int at)
{
	struct attack attack = ATTACK("on and on", REPEAT, 0, 5000, false);
	const clock_t begin = clock();
	struct outcome outcome = { .err = "", .out = "" };

	attack.spoil.at = at;
	hostile_run(command, RUN_JSON, &attack, false);
	if (clock() - begin > HOSTILE_SECONDS * CLOCKS_PER_SEC)
		hostile_tell(command, RUN_JSON, &attack, "it takes long",
			     &outcome);
}

/* With @every 0, what has no end, and nothing else. */
static void hostile_command(unsigned int command, unsigned int every)
{
	struct fake_parcel parcels[FAKE_PARCELS];
	const struct fake_parcel *parcel;
	unsigned int count = 0, i;

	hostile_run(command, 0, &good, false);
	for (; (parcel = fake_parcel(count)); count++)
		parcels[count] = *parcel;
	for (i = 0; i < count; i++) {
		if (every) {
			hostile_list(command, i, parcels[i].must, every);
			hostile_bytes(command, i, parcels[i].len, every);
		}
		if (every <= 1)
			hostile_endless(command, i);
	}
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "1";
	const bool only_good = !strcmp(word, "good");
	const int every = atoi(word);
	unsigned int command, style;

	if (every < 1 && !only_good && strcmp(word, "endless")) {
		fprintf(stderr, "usage: hostile [N | good | endless]\n");
		return 2;
	}
	/* Whatever comes to nothing later is told by then. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	for (command = 0; command < run_count; command++) {
		for (style = 0; style < RUN_STYLES; style++)
			hostile_run(command, style, &good, false);
		if (!only_good)
			hostile_command(command, every);
	}
	printf("%u commands, run %u times: %u succeeded, %u failed; wrong: %u\n",
	       run_count, hostile.runs, hostile.content,
	       hostile.runs - hostile.content, hostile.wrong);
	return hostile.wrong || !hostile.content;
}
