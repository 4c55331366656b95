/* SPDX-License-Identifier: GPL-2.0 */
/* Probing: is the peer still there? */
#ifndef _FW2_KEEP_H
#define _FW2_KEEP_H

#include <linux/types.h>

struct fw2_policy;
struct sock;

bool fw2_keep_possible(const struct sock *sk);
void fw2_keep_start(struct sock *sk, const struct fw2_policy *p);
void fw2_keep_stop(struct sock *sk);
void fw2_keep_forget(struct sock *sk);
void fw2_keep_release(struct sock *sk);
u32 fw2_keep_heard(const struct sock *sk);

#endif
