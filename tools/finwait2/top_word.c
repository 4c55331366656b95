// SPDX-License-Identifier: GPL-2.0
/*
 * The words of the command "top"
 *
 * Each may be said once, in any order.
 */
#include <string.h>

#include "duration.h"
#include "err.h"
#include "top_word.h"
#include "word.h"

#define TOP_INTERVAL	2000
#define TOP_SHORTEST	100
#define TOP_LONGEST	(24 * 60 * 60 * 1000)

static int top_words_by(struct top_words *words, const char *word)
{
	char list[64] = "";
	unsigned int by;

	for (by = 0; by < TOP_KINDS; by++) {
		if (!strcmp(word, top_by_name(by))) {
			words->order.by = by;
			return 0;
		}
		err_add_word(list, sizeof(list), top_by_name(by));
	}
	return err_usage("unknown word \"%s\": expected one of %s", word, list);
}

static int top_words_prefix(struct top_words *words, const char *word)
{
	u32 bits4 = 0, bits6 = words->order.bits6;
	const char *text = word;
	int ret;

	ret = word_number(&text, 32, &bits4);
	if (!ret && *text == '/') {
		text++;
		ret = word_number(&text, 128, &bits6);
	}
	if (ret || *text)
		return err_usage("bad prefix \"%s\": expected bits of IPv4 and IPv6, such as 24/64",
				 word);
	words->order.bits4 = bits4;
	words->order.bits6 = bits6;
	return 0;
}

static int top_words_sort(struct top_words *words, const char *word)
{
	char list[128] = "";
	unsigned int column;

	for (column = 0; column < TOP_COLUMNS; column++) {
		if (!strcmp(word, top_column_word(column))) {
			words->order.sort = column;
			return 0;
		}
		err_add_word(list, sizeof(list), top_column_word(column));
	}
	return err_usage("unknown word \"%s\": expected one of %s", word, list);
}

static int top_words_interval(struct top_words *words, const char *word)
{
	if (duration_parse(word, &words->interval) ||
	    words->interval < TOP_SHORTEST || words->interval > TOP_LONGEST)
		return err_usage("bad interval \"%s\": expected a time from 100ms to 1d",
				 word);
	return 0;
}

static const struct top_word {
	const char *name;
	int (*parse)(struct top_words *words, const char *word);
} top_list[] = {
	{ "by", top_words_by },
	{ "prefix", top_words_prefix },
	{ "sort", top_words_sort },
	{ "interval", top_words_interval },
	{ "reverse", NULL },
	{ "--once", NULL },
};

static const struct top_word *top_find_word(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(top_list); i++) {
		if (!strcmp(name, top_list[i].name))
			return &top_list[i];
	}
	return NULL;
}

static int top_unknown(const char *name)
{
	char list[128] = "";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(top_list); i++)
		err_add_word(list, sizeof(list), top_list[i].name);
	return err_usage("unknown word \"%s\": expected one of %s", name, list);
}

/**
 * top_words_parse() - read the words of the command
 * @words: where to store what they want
 * @argc: their number
 * @argv: the words
 *
 * Return: 0 or the exit status, the error reported.
 */
int top_words_parse(struct top_words *words, int argc, char **argv)
{
	const struct top_word *word;
	unsigned int said = 0, bit;
	int ret = 0;

	*words = (struct top_words) {
		.order = { TOP_PEER, 32, 64, TOP_WAITING, false },
		.interval = TOP_INTERVAL,
	};
	for (; !ret && argc; argc--, argv++) {
		word = top_find_word(*argv);
		if (!word)
			return top_unknown(*argv);
		bit = 1U << (word - top_list);
		if (said & bit)
			return err_usage("\"%s\" is said twice", *argv);
		said |= bit;
		if (!word->parse) {
			if (!strcmp(word->name, "reverse"))
				words->order.reverse = true;
			else
				words->once = true;
			continue;
		}
		if (argc < 2)
			return err_usage("too few words: expected one after %s",
					 *argv);
		argc--;
		ret = word->parse(words, *++argv);
	}
	return ret;
}
