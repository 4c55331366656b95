// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets a command is about
 */
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "err.h"
#include "filter.h"
#include "msg.h"
#include "word.h"

/**
 * filter_free() - forget a filter
 * @filter: the filter
 */
void filter_free(struct filter *filter)
{
	match_free(&filter->match);
}

static int filter_parse_cookie(struct filter *filter, int argc, char **argv,
			       char *why)
{
	if (filter->cookie)
		return err_why(why, "%s is said twice", argv[0]);
	if (argc < 2)
		return err_why(why, "%s: expected hexadecimal digits",
			       argv[0]);
	if (word_hex(argv[1], &filter->cookie) || !filter->cookie)
		return err_why(why, "bad cookie \"%.64s\": expected "
			       "hexadecimal digits as \"finwait2 list\" prints them",
			       argv[1]);
	return 2;
}

/**
 * filter_parse() - read a filter
 * @filter: where to store it, for filter_free() in any case
 * @argc: number of words
 * @argv: the words
 * @why: where to note what is wrong, see err_why()
 *
 * Return: 0, or -1.
 */
int filter_parse(struct filter *filter, int argc, char **argv, char *why)
{
	char list[128] = "";
	int taken;

	match_init(&filter->match);
	filter->cookie = 0;
	for (; argc; argc -= taken, argv += taken) {
		if (!strcmp(argv[0], "cookie"))
			taken = filter_parse_cookie(filter, argc, argv, why);
		else
			taken = match_parse(&filter->match, argc, argv, why);
		if (taken < 0)
			return -1;
		if (taken)
			continue;
		match_add_words(list, sizeof(list));
		err_add_word(list, sizeof(list), "cookie");
		return err_why(why, "unknown word \"%.64s\": expected one of %s",
			       argv[0], list);
	}
	return 0;
}

/*
 * Read an end of a connection as lists print it: 192.0.2.1:80,
 * [2001:db8::1]:80, [fe80::1]%eth0:80. The device is for people to see.
 */
static int filter_parse_end(struct match *match, char *word,
			    const char *addr_word, const char *port_word,
			    char *why)
{
	char *text = strdup(word), *addr = text, *port, *end;
	char *argv[4];
	int ret = -1;

	if (!text)
		err_no_memory();
	port = strrchr(text, ':');
	if (!port || !port[1])
		goto bad;
	*port++ = '\0';
	end = strchr(text, '%');
	if (end)
		*end = '\0';
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || end[1])
			goto bad;
		*end = '\0';
		addr++;
	} else if (strchr(text, ':')) {
		goto bad;
	}
	if (strpbrk(addr, "/") || strpbrk(port, ",-"))
		goto bad;

	argv[0] = (char *)addr_word;
	argv[1] = addr;
	argv[2] = (char *)port_word;
	argv[3] = port;
	if (match_parse(match, 2, argv, why) > 0 &&
	    match_parse(match, 2, argv + 2, why) > 0)
		ret = 0;
	free(text);
	return ret;
bad:
	free(text);
	return err_why(why, "bad end of a connection \"%.64s\": expected an "
		       "address and a port such as 192.0.2.1:80 or [2001:db8::1]:80",
		       word);
}

/**
 * filter_parse_ends() - read the two ends of a connection as a filter
 * @filter: where to store it, for filter_free() in any case
 * @argv: two words, the local end first
 * @why: where to note what is wrong, see err_why()
 *
 * Return: 0, or -1.
 */
int filter_parse_ends(struct filter *filter, char **argv, char *why)
{
	match_init(&filter->match);
	filter->cookie = 0;
	if (filter_parse_end(&filter->match, argv[0], "local", "sport", why))
		return -1;
	return filter_parse_end(&filter->match, argv[1], "peer", "dport", why);
}

/**
 * filter_put() - write a filter for the kernel
 * @msg: where to
 * @type: attribute to write it as; left out if it is for every socket
 * @filter: the filter
 */
void filter_put(struct msg *msg, u16 type, const struct filter *filter)
{
	size_t at;

	if (!filter->match.said && !filter->cookie)
		return;
	at = msg_nest(msg, type);
	match_put(msg, FINWAIT2_A_FILTER_MATCH, &filter->match);
	if (filter->cookie)
		msg_put_u64(msg, FINWAIT2_A_FILTER_COOKIE, filter->cookie);
	msg_nest_end(msg, at);
}
