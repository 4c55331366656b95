/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_LINE_H
#define FINWAIT2_LINE_H

#include "out.h"

void line_open(struct out *out);
void line_value(struct out *out, const char *key, json_t *value,
		enum colour colour, const char *text);
int line_close(struct out *out);
int line_flush(void);

#endif
