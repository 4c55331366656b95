/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_MONITOR_H
#define FINWAIT2_MONITOR_H

struct out;

int monitor_cmd(struct out *out, int argc, char **argv);

#endif
