/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_PROM_H
#define FINWAIT2_PROM_H

#include "util.h"

/* So many rules are told one by one, unless something else is said. */
#define PROM_RULES	64

int prom_print(bool classic, unsigned int rules);

#endif
