/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_FILE_H
#define FINWAIT2_FILE_H

#include "util.h"

bool file_word(const char *path, char *buf, size_t size);
bool file_number(const char *path, u64 *value);
char *file_load(const char *path, size_t *len);

#endif
