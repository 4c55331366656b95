/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_WORD_H
#define FINWAIT2_WORD_H

#include <stdio.h>

#include "util.h"

/* More than any statement has that says nothing twice. */
#define WORD_MAX	64

int word_split(char *line, size_t len, char *words[WORD_MAX], char *why);
void word_write(FILE *file, const char *word);
bool word_is_plain(const char *word);

int word_number(const char **text, u32 max, u32 *number);
int word_u32(const char *word, u32 max, u32 *number);
int word_u64(const char *word, u64 *number);
int word_mark(const char **text, u32 *number);
int word_hex(const char *word, u64 *number);

#endif
