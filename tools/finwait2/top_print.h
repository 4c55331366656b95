/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_PRINT_H
#define FINWAIT2_TOP_PRINT_H

#include "util.h"

struct out;
struct top_data;
struct top_view;

/* Room for the words about a table. */
#define TOP_LINE	160

int top_print(struct out *out, const struct top_view *view,
	      const struct top_data *data);
void top_print_grouping(const struct top_view *view, char text[TOP_LINE]);
void top_print_sum(const struct top_view *view, char text[TOP_LINE]);

#endif
