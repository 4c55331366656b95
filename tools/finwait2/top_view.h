/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_VIEW_H
#define FINWAIT2_TOP_VIEW_H

#include "top_row.h"

struct top_data;

/**
 * struct top_order - how to group and sort
 * @by: by what to group
 * @bits4: prefix of IPv4 peers
 * @bits6: prefix of IPv6 peers
 * @sort: by which column to sort
 * @reverse: the other way round
 */
struct top_order {
	enum top_by by;
	u8 bits4;
	u8 bits6;
	enum top_column sort;
	bool reverse;
};

/**
 * struct top_view - the table
 * @order: how it is grouped and sorted
 * @rows: the groups
 * @count: their number
 * @room: room for so many of them
 * @total: all of them as one
 */
struct top_view {
	struct top_order order;
	struct top_row *rows;
	size_t count;
	size_t room;
	struct top_row total;
};

void top_view_build(struct top_view *view, const struct top_order *order,
		    struct top_data *data);
void top_view_free(struct top_view *view);

#endif
