/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_BAR_H
#define FINWAIT2_BAR_H

#include "util.h"

/* The longest bar, and room for its text. */
#define BAR_MAX		16
#define BAR_SIZE	(3 * BAR_MAX + 1)

bool bar_is_fine(void);
void bar_draw(char text[BAR_SIZE], u64 value, u64 most, unsigned int columns,
	      bool fine);

#endif
