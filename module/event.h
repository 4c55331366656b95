/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what happens, told to whoever listens */
#ifndef _FW2_EVENT_H
#define _FW2_EVENT_H

#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_net;
struct fw2_told;
struct sk_buff;

void fw2_event_start(void);
void fw2_event_stop(void);

bool fw2_event_wanted(const struct fw2_net *fn, enum finwait2_event event);
void *fw2_event_put(struct sk_buff *msg, enum finwait2_event event, u64 seq,
		    u64 when);
void fw2_event_multicast(const struct fw2_net *fn, struct sk_buff *msg,
			 unsigned int group);
void fw2_event_sock(enum finwait2_event event, struct fw2_told *t);
void fw2_event_missed(struct fw2_net *fn);
void fw2_event_pressure(struct fw2_net *fn, bool begins, u64 n);

#endif
