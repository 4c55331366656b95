// SPDX-License-Identifier: GPL-2.0
/*
 * Words of a line, and the numbers they may be
 *
 * A word ends at a blank, a word that begins with # begins a comment. A word
 * in double quotes may have both. Within quotes, and only there, a backslash
 * makes a quote or another backslash stand for itself: unit names of systemd,
 * and thus paths of cgroups, are full of backslashes that mean nothing here.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "word.h"

static bool word_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool word_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* What cannot be seen in an editor had better not mean anything. */
static int word_check(const char *line, size_t len, char *why)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!line[i])
			return err_why(why, "a NUL byte: not a text file");
		if (line[i] == '\r')
			return err_why(why, "a carriage return: lines end in a newline alone");
		if (line[i] != '\t' && word_is_control(line[i]))
			return err_why(why, "control character 0x%02x",
				       (unsigned char)line[i]);
	}
	return 0;
}

/* Take the quotes off a word that begins at @from, for it to begin at @to. */
static char *word_unquote(char *from, char *to, char *why)
{
	for (from++; *from != '"'; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		if (!*from) {
			err_why(why, "a quote that is not closed");
			return NULL;
		}
		*to++ = *from;
	}
	from++;
	if (*from && !word_is_blank(*from)) {
		err_why(why, "expected a blank after a quoted word");
		return NULL;
	}
	/* There is room: the quotes are gone. */
	*to = '\0';
	return from;
}

/**
 * word_split() - find the words of a line
 * @line: the line with a NUL in place of its end, whose words are changed to
 *	what they stand for
 * @len: its length
 * @words: where to store them
 * @why: where to note what is wrong, see err_why()
 *
 * Return: their number, or -1.
 */
int word_split(char *line, size_t len, char *words[WORD_MAX], char *why)
{
	char *c = line;
	int count = 0;

	if (word_check(line, len, why))
		return -1;
	for (;;) {
		while (word_is_blank(*c))
			c++;
		if (!*c || *c == '#')
			return count;
		if (count == WORD_MAX)
			return err_why(why, "more than %d words", WORD_MAX);
		words[count++] = c;
		if (*c == '"') {
			c = word_unquote(c, c, why);
			if (!c)
				return -1;
			continue;
		}
		while (*c && *c != '"' && !word_is_blank(*c))
			c++;
		if (*c == '"')
			return err_why(why, "a quote within a word: quote all of it");
		if (*c)
			*c++ = '\0';
	}
}

/**
 * word_is_plain() - whether a word can be written at all
 * @word: the word
 *
 * Return: whether it has no character that word_split() refuses.
 */
bool word_is_plain(const char *word)
{
	for (; *word; word++) {
		if (word_is_control(*word))
			return false;
	}
	return true;
}

/**
 * word_write() - write a word
 * @file: where to
 * @word: what word_split() is to read back, word_is_plain()
 */
void word_write(FILE *file, const char *word)
{
	if (*word && *word != '#' && !strpbrk(word, " \t\"")) {
		fputs(word, file);
		return;
	}
	putc('"', file);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', file);
		putc(*word, file);
	}
	putc('"', file);
}

/* Digits of base @base. strtoull() takes blanks, signs and prefixes. */
static int word_digits(const char **text, unsigned int base, u64 max,
		       u64 *number)
{
	const char *c = *text;

	if (!isxdigit((unsigned char)*c))
		return -1;
	for (*number = 0; isxdigit((unsigned char)*c); c++) {
		unsigned int digit = isdigit((unsigned char)*c) ?
				     *c - '0' : (*c | ' ') - 'a' + 10;

		if (digit >= base ||
		    __builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit, number) ||
		    *number > max)
			return -1;
	}
	*text = c;
	return 0;
}

/**
 * word_number() - read a number that something may follow
 * @text: decimal digits; moved to what follows
 * @max: largest number allowed
 * @number: where to store it
 *
 * Return: 0, or -1 if there is none.
 */
int word_number(const char **text, u32 max, u32 *number)
{
	u64 value;

	if (word_digits(text, 10, max, &value))
		return -1;
	*number = value;
	return 0;
}

/**
 * word_u32() - read a number
 * @word: decimal digits and no more
 * @max: largest number allowed
 * @number: where to store it
 *
 * Return: 0, or -1 if it is none.
 */
int word_u32(const char *word, u32 max, u32 *number)
{
	return word_number(&word, max, number) || *word ? -1 : 0;
}

/**
 * word_u64() - read a number of 64 bits
 * @word: decimal digits and no more
 * @number: where to store it
 *
 * Return: 0, or -1 if it is none.
 */
int word_u64(const char *word, u64 *number)
{
	return word_digits(&word, 10, UINT64_MAX, number) || *word ? -1 : 0;
}

/**
 * word_mark() - read a number of 32 bits that something may follow
 * @text: decimal digits, or hexadecimal ones after 0x; moved to what follows
 * @number: where to store it
 *
 * Return: 0, or -1 if there is none.
 */
int word_mark(const char **text, u32 *number)
{
	const char *c = *text;
	u64 value;

	if (c[0] != '0' || (c[1] | ' ') != 'x')
		return word_number(text, UINT32_MAX, number);
	c += 2;
	if (word_digits(&c, 16, UINT32_MAX, &value))
		return -1;
	*text = c;
	*number = value;
	return 0;
}

/**
 * word_hex() - read a number of 64 bits
 * @word: hexadecimal digits, after 0x or not, and no more
 * @number: where to store it
 *
 * Return: 0, or -1 if it is none.
 */
int word_hex(const char *word, u64 *number)
{
	if (word[0] == '0' && (word[1] | ' ') == 'x')
		word += 2;
	return word_digits(&word, 16, UINT64_MAX, number) || *word ? -1 : 0;
}
