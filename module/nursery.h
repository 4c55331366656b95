/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that have just entered FIN_WAIT_2 */
#ifndef _FW2_NURSERY_H
#define _FW2_NURSERY_H

#include <linux/types.h>

struct fw2_net;
struct sock;

bool fw2_nursery_add(struct sock *sk, u32 hash);
int fw2_nursery_remove(struct sock *sk, u32 hash, u32 *age_us);
bool fw2_nursery_has(const struct sock *sk, u32 hash);

void fw2_nursery_arm(void);
void fw2_nursery_pace(unsigned long pace);
void fw2_nursery_flush(void);

int fw2_nursery_init(void);
void fw2_nursery_stop(void);
void fw2_nursery_exit(void);

#endif
