// SPDX-License-Identifier: GPL-2.0
/*
 * Bars, as long as a number is large
 *
 * Where the terminal writes UTF-8, a bar is of block characters and may end at
 * an eighth of a column; elsewhere it is of # and ends at a whole one.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "bar.h"

#define BAR_EIGHTHS	8

/**
 * bar_is_fine() - whether block characters can be written here
 */
bool bar_is_fine(void)
{
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/**
 * bar_draw() - draw a bar
 * @text: where to
 * @value: the number
 * @most: the number that the longest bar stands for
 * @columns: how long that is, up to BAR_MAX
 * @fine: with block characters
 *
 * A bar that is not of 0 is seen, however short it would be.
 */
void bar_draw(char text[BAR_SIZE], u64 value, u64 most, unsigned int columns,
	      bool fine)
{
	const unsigned int whole = fine ? BAR_EIGHTHS : 1;
	unsigned int parts, size = columns * whole;
	char *end = text;

	*end = '\0';
	if (!value || !most)
		return;
	/* A double has bits enough for what can be seen. */
	parts = value < most ? (double)value / (double)most * size : size;
	if (!parts)
		parts = 1;
	if (!fine) {
		memset(end, '#', parts);
		end[parts] = '\0';
		return;
	}
	/* U+2588 is a full block, U+2589 lacks an eighth, and so on. */
	for (; parts >= BAR_EIGHTHS; parts -= BAR_EIGHTHS)
		end += sprintf(end, "\xe2\x96\x88");
	if (parts)
		sprintf(end, "\xe2\x96%c", 0x88 + BAR_EIGHTHS - parts);
}
