// SPDX-License-Identifier: GPL-2.0
/*
 * The program, run as a function
 *
 * What it prints goes to memory, and is looked at: a program that is not content
 * says why, in lines that begin with its name; what is meant to be JSON is that,
 * whatever happened.
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "fake.h"

/* main() of the program, by the name that the compiler was told. */
int finwait2_main(int argc, char **argv);

const char *const run_commands[][RUN_WORDS] = {
	{ "show" },
	{ "list" },
	{ "list", "sport", "80", "class", "held" },
	{ "explain", "cookie", "1a2b" },
	{ "explain", "192.0.2.1:80", "198.51.100.7:1024" },
	{ "get" },
	{ "get", "max_age" },
	{ "set", "flush_interval", "5m" },
	{ "rule" },
	{ "rule", "list" },
	{ "rule", "add", "prio", "5", "sport", "80", "exempt" },
	{ "rule", "replace", "prio", "5", "peer", "::/0", "interval", "1s" },
	{ "rule", "del", "prio", "10" },
	{ "rule", "flush" },
	{ "stats" },
	{ "stats", "--prometheus" },
	{ "stats", "--prometheus", "classic", "rules", "1" },
	{ "save" },
	{ "apply", "/proc/finwait2.conf" },
	{ "flush", "all" },
	{ "flush", "peer", "198.51.100.0/24" },
	{ "monitor" },
	{ "monitor", "track", "exits" },
	{ "top" },
	{ "top", "by", "process", "sort", "oldest", "--once" },
	{ "top", "by", "cgroup", "prefix", "24/64", "--once" },
	{ "suggest" },
	{ "doctor" },
};

const unsigned int run_count = ARRAY_SIZE(run_commands);

static bool run_is(unsigned int command, const char *word)
{
	return !strcmp(run_commands[command][0], word);
}

static bool run_has(unsigned int command, const char *word)
{
	int i;

	for (i = 0; i < RUN_WORDS && run_commands[command][i]; i++) {
		if (!strcmp(run_commands[command][i], word))
			return true;
	}
	return false;
}

/**
 * run_suits() - whether a command can print like that
 * @command: which of run_commands
 * @style: how it is to print
 *
 * Return: whether it does not refuse.
 */
bool run_suits(unsigned int command, unsigned int style)
{
	const bool json = style & RUN_JSON;

	if (run_is(command, "save") || run_has(command, "--prometheus"))
		return !json;
	/* There is no terminal. */
	if (run_is(command, "top") && !run_has(command, "--once"))
		return json;
	return true;
}

static int run_argv(char *argv[RUN_WORDS + 4], unsigned int command,
		    unsigned int style)
{
	int argc = 0, i;

	argv[argc++] = "finwait2";
	if (style & RUN_JSON)
		argv[argc++] = "-j";
	if (style & RUN_PRETTY)
		argv[argc++] = "-p";
	argv[argc++] = style & RUN_COLOUR ? "-c=always" : "-c=never";
	for (i = 0; i < RUN_WORDS && run_commands[command][i]; i++)
		argv[argc++] = (char *)run_commands[command][i];
	argv[argc] = NULL;
	return argc;
}

/* A signal to the program that it has not taken is none to this process. */
static void run_forget_signals(void)
{
	const struct timespec none = { 0 };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	while (sigtimedwait(&signals, NULL, &none) > 0)
		;
}

static char *run_read(int fd, size_t *len)
{
	const off_t end = lseek(fd, 0, SEEK_END);
	char *text = malloc(end + 1);

	if (end < 0 || !text || pread(fd, text, end, 0) != end)
		abort();
	text[end] = '\0';
	*len = end;
	return text;
}

/**
 * run_command() - run the program
 * @outcome: where to store what it does, for run_free()
 * @command: which of run_commands
 * @style: how it is to print
 */
void run_command(struct outcome *outcome, unsigned int command,
		 unsigned int style)
{
	FILE *const out = stdout, *const err = stderr;
	const int fd = memfd_create("out", MFD_CLOEXEC);
	char *argv[RUN_WORDS + 4];
	sigset_t mask, before;
	size_t len;
	int argc;

	memset(outcome, 0, sizeof(*outcome));
	argc = run_argv(argv, command, style);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, &before);
	stdout = fdopen(dup(fd), "w");
	stderr = open_memstream(&outcome->err, &len);
	if (!stdout || !stderr)
		abort();
	outcome->status = finwait2_main(argc, argv);
	fclose(stderr);
	stderr = err;
	stdout = out;
	run_forget_signals();
	sigprocmask(SIG_SETMASK, &before, NULL);
	outcome->out = run_read(fd, &outcome->len);
	close(fd);
}

/**
 * run_free() - forget what the program did
 * @outcome: what it did
 */
void run_free(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
}

static bool run_says_why(const char *err)
{
	static const char name[] = "finwait2: ";

	for (; *err; err = strchr(err, '\n') + 1) {
		if (strncmp(err, name, strlen(name)) || !strchr(err, '\n'))
			return false;
	}
	return true;
}

/* One value, or as many as there are. */
static bool run_is_json(const char *text, size_t len, bool many)
{
	json_t *json;
	FILE *file;
	bool ok = true;

	if (!len)
		return true;
	file = fmemopen((void *)text, len, "r");
	if (!file)
		abort();
	do {
		json = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
		ok = json;
		json_decref(json);
		len = strspn(text + ftell(file), "\n");
	} while (ok && many && text[ftell(file) + len]);
	ok = ok && !text[ftell(file) + len];
	fclose(file);
	return ok;
}

/**
 * run_check() - whether that may be
 * @outcome: what the program did
 * @command: which of run_commands it was
 * @style: how it was to print
 *
 * Return: what is wrong, or NULL.
 */
const char *run_check(const struct outcome *outcome, unsigned int command,
		      unsigned int style)
{
	const bool many = run_is(command, "monitor") || run_is(command, "top");

	if (outcome->status < STATUS_OK || outcome->status > STATUS_USAGE)
		return "no exit status of the program";
	if (!run_says_why(outcome->err))
		return "what goes to stderr does not begin with the name";
	/* The command doctor says with its status what it has found. */
	if (outcome->status && !*outcome->err && !run_is(command, "doctor"))
		return "it fails, and does not say why";
	if (!outcome->status && fake_unsound())
		return fake_unsound();
	if (style & RUN_JSON && strlen(outcome->out) != outcome->len)
		return "a NUL in JSON";
	if (style & RUN_JSON && !run_is_json(outcome->out, outcome->len, many))
		return "no JSON";
	return NULL;
}
