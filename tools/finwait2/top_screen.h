/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_SCREEN_H
#define FINWAIT2_TOP_SCREEN_H

#include "util.h"

struct top_data;
struct top_view;

/* What a key wants. */
enum top_action {
	TOP_NOTHING,	/* no key */
	TOP_BY_PEER,	/* in the order of enum top_by */
	TOP_BY_PORT,
	TOP_BY_PROCESS,
	TOP_BY_CGROUP,
	TOP_BY_RULE,
	TOP_BY_NEXT,
	TOP_PREFIX4,
	TOP_PREFIX6,
	TOP_SORT_LEFT,
	TOP_SORT_RIGHT,
	TOP_REVERSE,
	TOP_PAUSE,
	TOP_SLOWER,
	TOP_FASTER,
	TOP_MOVE,	/* done, to be seen */
	TOP_QUIT,
};

/**
 * struct top_screen - what is shown next to the table
 * @interval: how often it is made anew, ms
 * @paused: it stays as it is
 * @colour: in colour
 * @help: the keys are shown instead
 * @offset: the first row that is shown
 * @count: number of rows in all
 */
struct top_screen {
	u64 interval;
	bool paused;
	bool colour;
	bool help;
	size_t offset;
	size_t count;
};

int top_screen_open(struct top_screen *screen);
void top_screen_close(void);
void top_screen_draw(struct top_screen *screen, const struct top_view *view,
		     const struct top_data *data);
enum top_action top_screen_key(struct top_screen *screen);

#endif
