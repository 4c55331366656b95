/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_EXPLAIN_H
#define FINWAIT2_EXPLAIN_H

struct out;

int explain_cmd(struct out *out, int argc, char **argv);

#endif
