/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SHOW_H
#define FINWAIT2_SHOW_H

struct out;

int show_cmd(struct out *out, int argc, char **argv);

#endif
