/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel that is made up, in this process, for a program that believes to talk
 * to the real one
 *
 * fake.c is what stands in for libmnl's sockets, files.c for the kernel's files,
 * kernel.c has the answers, spoil.c does to them what no kernel should, judge.c
 * knows whether what was left of them was an answer, and run.c runs the program.
 */
#ifndef FINWAIT2_FAKE_H
#define FINWAIT2_FAKE_H

#include "util.h"

struct msg;
struct nlmsghdr;

#define FAKE_FAMILY	0x25
#define FAKE_PORTID	0x4711

/* Groups of the module, and the one of the kernel that tells of families. */
enum fake_group {
	FAKE_NOTIFY = 16,
	FAKE_EVENTS,
	FAKE_TRACK,
	FAKE_EXITS,
};

/**
 * struct parcel - a datagram on its way to the program
 * @next: the next one
 * @bytes: what is in it
 * @len: length of @bytes
 * @error: errno that is read in its place, or 0
 * @cut: it was longer than there was room for
 * @from: who sent it, 0 for the kernel
 * @group: to which group, 0 for the one socket
 */
struct parcel {
	struct parcel *next;
	char *bytes;
	size_t len;
	int error;
	bool cut;
	u32 from;
	u32 group;
};

/* What a datagram may suffer; see spoil.c for what offset and value mean. */
enum spoil_op {
	SPOIL_CUT,
	SPOIL_GROW,
	SPOIL_FLIP,
	SPOIL_PUT16,
	SPOIL_PUT32,
	SPOIL_SEQ,
	SPOIL_PID,
	SPOIL_FROM,
	SPOIL_TRUNC,
	SPOIL_INTR,
	SPOIL_REPEAT,
	SPOIL_DROP,
	SPOIL_ERROR,
	SPOIL_TYPE,
	SPOIL_CMD,
	SPOIL_REFUSE,
	SPOIL_NEST,
	SPOIL_EMPTY,
	SPOIL_NOISE,
	SPOIL_FILL,
	SPOIL_OPS
};

#define SPOIL_EVERY	255

/**
 * struct spoil - one thing that is done to datagrams
 * @op: what, an enum spoil_op
 * @at: to which, counted from 0; SPOIL_EVERY: to each
 * @offset: where in it
 * @value: by how much, or with what
 */
struct spoil {
	u8 op;
	u8 at;
	u16 offset;
	u32 value;
};

/**
 * struct fake_file - a file that the program finds
 * @path: its path
 * @text: what is in it, NULL if it is not there
 * @len: length of @text
 */
struct fake_file {
	const char *path;
	const char *text;
	size_t len;
};

/**
 * struct fake_plan - what the program is to meet
 * @spoils: what is done to the answers
 * @count: how many these are
 * @noise: bytes for SPOIL_NOISE
 * @len: length of @noise
 * @files: files, next to those that a good system has
 * @nfiles: their number
 * @link: what descriptors of processes are links to, NULL for a socket's
 */
struct fake_plan {
	const struct spoil *spoils;
	size_t count;
	const u8 *noise;
	size_t len;
	const struct fake_file *files;
	size_t nfiles;
	const char *link;
};

/* More datagrams than any command is sent by a good kernel. */
#define FAKE_PARCELS	64

/**
 * struct fake_parcel - what a datagram was like before it was spoilt
 * @len: its length
 * @must: the program cannot do without it: no event, and no answer that may be
 *	missing
 */
struct fake_parcel {
	size_t len;
	bool must;
};

/* fake.c */
void fake_begin(const struct fake_plan *plan);
void fake_end(void);
const char *fake_unsound(void);
const struct fake_parcel *fake_parcel(unsigned int number);

/* files.c */
void files_begin(const struct fake_plan *plan);
void files_end(void);

/* kernel.c: has @put take each datagram of an answer, or of an event. */
typedef void kernel_put(char *bytes, size_t len, u32 group, void *data);
void kernel_answer(const struct nlmsghdr *request, kernel_put *put,
		   void *data);
void kernel_event(u32 group, kernel_put *put, void *data);

/* A rule, from the words that a user would say. */
void kernel_put_rule(struct msg *msg, const char *text);

/* spoil.c */
struct parcel *spoil_parcel(struct parcel *parcel,
			    const struct fake_plan *plan, unsigned int number);
void parcel_free(struct parcel *parcel);

/**
 * struct judge - what the program has read of the answer to one question
 * @seq: number of the question
 * @answers: it is one that more than an ack answers
 * @answered: there was such an answer
 * @ended: that was all of it
 * @unsound: why the program must not be content, NULL if it may
 */
struct judge {
	u32 seq;
	bool answers;
	bool answered;
	bool ended;
	const char *unsound;
};

/* judge.c */
void judge_question(struct judge *judge, const struct nlmsghdr *request);
void judge_answer(struct judge *judge, const struct parcel *parcel,
		  size_t room);
void judge_event(struct judge *judge, const struct parcel *parcel,
		 size_t room);

/**
 * struct outcome - what the program did
 * @status: its exit status
 * @out: what it printed
 * @len: length of @out
 * @err: what it complained of
 */
struct outcome {
	int status;
	char *out;
	size_t len;
	char *err;
};

/* Room for a command line. */
#define RUN_WORDS	16

/* run.c: main() of the program, in a process that goes on afterwards. */
extern const char *const run_commands[][RUN_WORDS];
extern const unsigned int run_count;
bool run_suits(unsigned int command, unsigned int style);
void run_command(struct outcome *outcome, unsigned int command,
		 unsigned int style);
const char *run_check(const struct outcome *outcome, unsigned int command,
		      unsigned int style);
void run_free(struct outcome *outcome);

/* Of a style: how it prints. */
#define RUN_JSON	1
#define RUN_PRETTY	2
#define RUN_COLOUR	4
#define RUN_STYLES	8

#endif
