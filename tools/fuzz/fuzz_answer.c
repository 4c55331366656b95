// SPDX-License-Identifier: GPL-2.0
/*
 * Any answers to any command
 *
 * The first two bytes say which command and how it prints, the third how many
 * things are done to the answers; eight bytes for each follow, and what is left is
 * noise to put into an answer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "fuzz.h"

#define FUZZ_HEAD	3
#define FUZZ_SPOILS	8
#define FUZZ_SPOIL	8
#define FUZZ_PARCELS	24

/* How often the same may come, for a run to take no longer than others. */
#define FUZZ_REPEAT	20

static void fuzz_spoil(struct spoil *spoil, const uint8_t *data)
{
	spoil->op = data[0] % SPOIL_OPS;
	spoil->at = data[1] < 240 ? data[1] % FUZZ_PARCELS : SPOIL_EVERY;
	memcpy(&spoil->offset, data + 2, sizeof(spoil->offset));
	memcpy(&spoil->value, data + 4, sizeof(spoil->value));
	if (spoil->op == SPOIL_REPEAT)
		spoil->value %= FUZZ_REPEAT;
}

/*
 * What is done to an answer is not found by chance. Now and then one more thing
 * is done, of a kind, at a place and with a value that may matter.
 */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	static const u32 values[] = {
		0, 1, 3, 4, 7, 8, 16, 20, 0x7f, 0x80, 0xff, 0xffff, 0x8000,
		1U << 31, ~0U,
	};
	uint8_t *at = data + FUZZ_HEAD;
	u16 offset = seed / 64 % 512;
	u32 value = values[seed / 8 % ARRAY_SIZE(values)];

	if (size < FUZZ_HEAD) {
		memset(data, 0, FUZZ_HEAD);
		size = FUZZ_HEAD;
		data[0] = seed;
	}
	if (seed % 4 || size + FUZZ_SPOIL > max || data[2] >= FUZZ_SPOILS)
		return fuzz_mutate_bytes(data, size, max);
	memmove(at + FUZZ_SPOIL, at, size - FUZZ_HEAD);
	at[0] = seed / 16 % SPOIL_OPS;
	at[1] = seed / 512 % FUZZ_PARCELS;
	memcpy(at + 2, &offset, sizeof(offset));
	memcpy(at + 4, &value, sizeof(value));
	data[2]++;
	return size + FUZZ_SPOIL;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct spoil spoils[FUZZ_SPOILS];
	struct fake_plan plan = { .spoils = spoils };
	unsigned int command, style;
	struct outcome outcome;
	const char *wrong;
	size_t count;

	if (size < FUZZ_HEAD)
		return 0;
	command = data[0] % run_count;
	style = data[1] % RUN_STYLES;
	count = data[2] % (FUZZ_SPOILS + 1);
	for (data += FUZZ_HEAD, size -= FUZZ_HEAD;
	     plan.count < count && size >= FUZZ_SPOIL;
	     data += FUZZ_SPOIL, size -= FUZZ_SPOIL)
		fuzz_spoil(&spoils[plan.count++], data);
	plan.noise = data;
	plan.len = size;

	fake_begin(&plan);
	run_command(&outcome, command, style);
	wrong = run_check(&outcome, command, style);
	if (wrong) {
		fprintf(stderr, "%s %s: %s\nstatus %d\n%s\n%s\n",
			run_commands[command][0],
			style & RUN_JSON ? "-j" : "", wrong, outcome.status,
			outcome.err, outcome.out);
		abort();
	}
	run_free(&outcome);
	fake_end();
	return 0;
}
