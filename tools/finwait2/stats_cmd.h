/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_STATS_CMD_H
#define FINWAIT2_STATS_CMD_H

struct out;

int stats_cmd(struct out *out, int argc, char **argv);

#endif
