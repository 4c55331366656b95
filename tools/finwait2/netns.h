/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_NETNS_H
#define FINWAIT2_NETNS_H

int netns_enter(const char *netns);
const char *netns_name(void);

#endif
