/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_MSG_H
#define FINWAIT2_MSG_H

#include "util.h"

struct nlmsghdr;

/**
 * struct msg - a question that is being written
 * @buffer: the message so far, header included
 * @size: room in @buffer
 */
struct msg {
	char *buffer;
	size_t size;
};

void msg_init(struct msg *msg, u8 cmd, u8 version);
void msg_free(struct msg *msg);
struct nlmsghdr *msg_header(const struct msg *msg);

void msg_put(struct msg *msg, u16 type, const void *data, size_t len);
void msg_put_u8(struct msg *msg, u16 type, u8 value);
void msg_put_u16(struct msg *msg, u16 type, u16 value);
void msg_put_u32(struct msg *msg, u16 type, u32 value);
void msg_put_u64(struct msg *msg, u16 type, u64 value);
void msg_put_text(struct msg *msg, u16 type, const char *text);
void msg_put_flag(struct msg *msg, u16 type);

size_t msg_nest(struct msg *msg, u16 type);
void msg_nest_end(struct msg *msg, size_t at);

#endif
