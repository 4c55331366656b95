/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_APPLY_H
#define FINWAIT2_APPLY_H

struct out;

int apply_cmd(struct out *out, int argc, char **argv);

#endif
