/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_H
#define FINWAIT2_TOP_H

struct out;

int top_cmd(struct out *out, int argc, char **argv);

#endif
