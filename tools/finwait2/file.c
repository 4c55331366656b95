// SPDX-License-Identifier: GPL-2.0
/*
 * Files that may be there or not, of which either is an answer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "file.h"
#include "word.h"

/**
 * file_word() - read the first line of a file
 * @path: the file
 * @buf: where to store it, without its end
 * @size: room there
 *
 * Return: whether there is such a line.
 */
bool file_word(const char *path, char *buf, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (!file)
		return false;
	ok = fgets(buf, size, file);
	fclose(file);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/**
 * file_number() - read a number from a file
 * @path: the file
 * @value: where to store it
 *
 * Return: whether there is one.
 */
bool file_number(const char *path, u64 *value)
{
	char text[64];

	return file_word(path, text, sizeof(text)) && !word_u64(text, value);
}

/**
 * file_load() - read a file as a whole
 * @path: the file
 * @len: where to store its length
 *
 * Return: what is in it, to be freed; NULL if it cannot be read.
 */
char *file_load(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	size_t size = 0, used = 0, part;
	char *buf = NULL;

	if (!file)
		return NULL;
	do {
		if (size - used < 4096) {
			size = size ? 2 * size : 65536;
			buf = realloc(buf, size);
			if (!buf)
				err_no_memory();
		}
		part = fread(buf + used, 1, size - used, file);
		used += part;
	} while (part);
	if (ferror(file)) {
		free(buf);
		buf = NULL;
	}
	fclose(file);
	*len = used;
	return buf;
}
