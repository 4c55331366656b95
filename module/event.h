/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what happens, told to whoever listens */
#ifndef _FW2_EVENT_H
#define _FW2_EVENT_H

#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_net;
struct fw2_told;
struct net;

bool fw2_event_wanted(const struct fw2_net *fn, enum finwait2_event event);
void fw2_event_sock(enum finwait2_event event, const struct fw2_told *t);
void fw2_event_missed(struct fw2_net *fn);

#endif
