/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_FLUSH_H
#define FINWAIT2_FLUSH_H

struct out;

int flush_cmd(struct out *out, int argc, char **argv);

#endif
