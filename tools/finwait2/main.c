// SPDX-License-Identifier: GPL-2.0
/*
 * finwait2 - limits on how long TCP sockets stay in FIN_WAIT_2
 *
 * The command line reads like that of ip(8): options, a command, its words.
 * Unlike there nothing may be abbreviated: what a script says today must not
 * mean something else when a command is added.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "doctor.h"
#include "err.h"
#include "explain.h"
#include "flush.h"
#include "limit.h"
#include "monitor.h"
#include "netns.h"
#include "out.h"
#include "rule_cmd.h"
#include "show.h"
#include "sock.h"
#include "stats_cmd.h"
#include "suggest.h"
#include "top.h"

static int main_help(struct out *out, int argc, char **argv);

/**
 * struct command - a command
 * @name: the word for it
 * @min: least number of words after it
 * @max: largest number of words after it, -1 for any
 * @words: what they are, for messages
 * @run: what it does; return the exit status
 * @kernel: it asks the kernel, so the network namespace matters
 */
static const struct command {
	const char *name;
	int min;
	int max;
	const char *words;
	int (*run)(struct out *out, int argc, char **argv);
	bool kernel;
} commands[] = {
	{ "show", 0, 0, "", show_cmd, true },
	{ "list", 0, -1, " [FILTER]", sock_cmd_list, true },
	{ "stats", 0, -1, " [--prometheus]", stats_cmd, true },
	{ "explain", 1, -1, " SOCKET", explain_cmd, true },
	{ "get", 0, 1, " [NAME]", limit_cmd_get, true },
	{ "set", 2, 2, " NAME VALUE", limit_cmd_set, true },
	{ "rule", 0, -1, " [list|add|replace|del|flush]", rule_cmd, true },
	{ "apply", 1, 2, " FILE|- [--check]", apply_cmd, true },
	{ "save", 0, 0, "", rule_cmd_save, true },
	{ "flush", 1, -1, " FILTER|all", flush_cmd, true },
	{ "monitor", 0, 2, " [track] [exits]", monitor_cmd, true },
	{ "top", 0, -1, " [by GROUP] [--once]", top_cmd, true },
	{ "suggest", 0, 2, " [share SHARE]", suggest_cmd, true },
	{ "doctor", 0, 0, "", doctor_cmd, true },
	{ "help", 0, 0, "", main_help, false },
};

struct options {
	const char *netns;
	enum { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER } colour;
	bool json;
	bool pretty;
	bool brief;
	bool version;
	bool help;
};

static int main_help(struct out *out __maybe_unused, int argc __maybe_unused,
		     char **argv __maybe_unused)
{
	fputs("Usage: finwait2 [ OPTIONS ] [ COMMAND ]\n"
	      "\n"
	      "COMMAND := { show | list [ FILTER ] | explain SOCKET |\n"
	      "             get [ NAME ] | set NAME VALUE |\n"
	      "             rule [ list | add RULE | replace RULE | del prio NUMBER | flush ] |\n"
	      "             apply FILE|- [ --check ] | save | flush { FILTER | all } |\n"
	      "             stats [ --prometheus [ classic ] [ rules N ] ] |\n"
	      "             monitor [ track ] [ exits ] | top [ TOP ] |\n"
	      "             suggest [ share SHARE ] | doctor | help }\n"
	      "  show     limits, sockets, how long they wait, counters, rules (default)\n"
	      "  list     the sockets in FIN_WAIT_2\n"
	      "  explain  what applies to a socket, and when and why it will be flushed\n"
	      "  get      one limit, or all\n"
	      "  set      set a limit\n"
	      "  rule     the rules: limits for some sockets\n"
	      "  apply    put the limits and rules of a file in force, or only check it\n"
	      "  save     print limits and rules as such a file\n"
	      "  flush    flush sockets now\n"
	      "  stats    the counters; --prometheus: all numbers, as metrics\n"
	      "  monitor  what is flushed, as it happens; track: what begins to wait, too;\n"
	      "           exits: what has left, too\n"
	      "  top      who leaves connections in FIN_WAIT_2, as it changes\n"
	      "  suggest  how short an interval would cut few of those that peers close\n"
	      "  doctor   is all well, and if not, what is to be done\n"
	      "\n"
	      "NAME := { flush_interval | shut_interval | max_age | orphan_interval |\n"
	      "          keepstart | keepstop | adaptive_start | adaptive_end |\n"
	      "          reset | observe }\n"
	      "VALUE := milliseconds, or a time such as 500ms, 30s, 5m, 1m30s, 2h, 1d;\n"
	      "         sockets for adaptive_start and adaptive_end;\n"
	      "         0, 1, off or on for reset and observe\n"
	      "RULE := prio NUMBER [ MATCH ] { exempt | SET }\n"
	      "MATCH := [ local PREFIX ] [ sport PORTS ] [ peer PREFIX ] [ dport PORTS ]\n"
	      "         [ mark MARK[/MASK] ] [ uid USER ] [ cgroup PATH ] [ dev NAME ]\n"
	      "         [ class CLASS[,CLASS] ]\n"
	      "SET := [ interval TIME ] [ shut-interval TIME ] [ max-age TIME ]\n"
	      "       [ orphan-interval TIME ] [ keepstart TIME ] [ keepstop TIME ]\n"
	      "       [ reset on|off ] [ observe on|off ]\n"
	      "PORTS := PORT[-PORT][,PORT[-PORT]]\n"
	      "CLASS := { held | shut | orphan }\n"
	      "FILTER := [ MATCH ] [ cookie HEX ]\n"
	      "SHARE := a part of 1 such as 0.001, or a percentage such as 0.1%\n"
	      "SOCKET := { LOCAL:PORT PEER:PORT | FILTER }\n"
	      "TOP := [ by { peer | port | process | cgroup | rule } ] [ prefix BITS[/BITS6] ]\n"
	      "       [ sort COLUMN ] [ reverse ] [ interval TIME ] [ --once ]\n"
	      "\n"
	      "OPTIONS := { -j[son] | -p[retty] | -br[ief] | -n[etns] NETNS |\n"
	      "             -c[olor][=auto|always|never] | -V[ersion] | -h[elp] }\n",
	      stdout);
	return STATUS_OK;
}

static int main_colour(const char *when, struct options *options)
{
	if (!strcmp(when, "auto"))
		options->colour = WHEN_AUTO;
	else if (!strcmp(when, "always") || !*when)
		options->colour = WHEN_ALWAYS;
	else if (!strcmp(when, "never"))
		options->colour = WHEN_NEVER;
	else
		return err_usage("unknown word \"%s\": expected one of auto, always, never",
				 when);
	return STATUS_OK;
}

static bool main_is(const char *option, const char *letter, const char *word)
{
	return !strcmp(option, letter) || !strcmp(option, word);
}

/* Take the options off the front of the command line. */
static int main_options(struct options *options, int *argc, char ***argv)
{
	const char *word;
	int ret;

	for (; *argc && ***argv == '-'; --*argc, ++*argv) {
		word = **argv + 1;
		if (*word == '-')
			word++;
		if (main_is(word, "j", "json")) {
			options->json = true;
		} else if (main_is(word, "p", "pretty")) {
			options->pretty = true;
		} else if (main_is(word, "br", "brief")) {
			options->brief = true;
		} else if (main_is(word, "n", "netns")) {
			if (*argc < 2)
				return err_usage("%s: expected a network namespace",
						 **argv);
			--*argc;
			options->netns = *++*argv;
		} else if (main_is(word, "c", "color")) {
			options->colour = WHEN_ALWAYS;
		} else if (!strncmp(word, "c=", 2) ||
			   !strncmp(word, "color=", 6)) {
			ret = main_colour(strchr(word, '=') + 1, options);
			if (ret)
				return ret;
		} else if (main_is(word, "V", "Version")) {
			options->version = true;
		} else if (main_is(word, "h", "help")) {
			options->help = true;
		} else {
			return err_usage("unknown option \"%s\": expected one of %s",
					 **argv, "-j, -p, -br, -n, -c, -V, -h");
		}
	}
	return STATUS_OK;
}

static bool main_is_terminal(void)
{
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no) &&
	       !(term && !strcmp(term, "dumb"));
}

static int main_command(const struct options *options, int argc, char **argv)
{
	const char *name = argc ? argv[0] : "show";
	const struct command *command = NULL;
	struct out out = {
		.json = options->json,
		.pretty = options->pretty,
		.brief = options->brief,
		.colour = options->colour == WHEN_ALWAYS ||
			  (options->colour == WHEN_AUTO && main_is_terminal()),
	};
	char list[128] = "";
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(commands) && !command; i++) {
		if (!strcmp(name, commands[i].name))
			command = &commands[i];
		err_add_word(list, sizeof(list), commands[i].name);
	}
	if (!command)
		return err_usage("unknown word \"%s\": expected one of %s",
				 name, list);
	if (argc) {
		argc--;
		argv++;
	}
	if (argc < command->min)
		return err_usage("too few words: expected %s%s", command->name,
				 command->words);
	if (command->max >= 0 && argc > command->max)
		return err_usage("unknown word \"%s\": expected %s%s and no more",
				 argv[command->max], command->name,
				 command->words);
	if (options->netns && command->kernel) {
		ret = netns_enter(options->netns);
		if (ret)
			return ret;
	}
	return command->run(&out, argc, argv);
}

/*
 * What was printed counts once it is where it goes: a full disk or a reader
 * that has left shows here.
 */
static int main_finish(int status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (!fclose(stdout) && !failed)
		return status;
	if (errno)
		err_failed("cannot write the output: %s", strerror(errno));
	else
		err_failed("cannot write the output");
	return status ? status : STATUS_FAILED;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int fd, ret;

	/*
	 * Where a standard stream is closed, a socket would take its number
	 * and be sent the output. Read-only, so that output still fails.
	 */
	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	/* A write to a pipe that nobody reads fails like any other. */
	signal(SIGPIPE, SIG_IGN);

	if (argc) {
		argc--;
		argv++;
	}
	ret = main_options(&options, &argc, &argv);
	if (!ret && options.version)
		puts("finwait2 " VERSION);
	else if (!ret && options.help)
		ret = main_help(NULL, 0, NULL);
	else if (!ret)
		ret = main_command(&options, argc, argv);
	return main_finish(ret);
}
