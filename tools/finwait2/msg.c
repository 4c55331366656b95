// SPDX-License-Identifier: GPL-2.0
/*
 * A question to the module, as it is written
 *
 * A set of rules may be hundreds of kilobytes long, and nobody knows before it
 * is written. libmnl writes into a buffer that it takes to be large enough, so
 * each attribute sees to that first. The buffer moves as it grows: what is
 * remembered of it is an offset.
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "err.h"
#include "msg.h"

#define MSG_SIZE	512

/*
 * Room for another attribute with @len bytes of payload. It is zeroed, as not
 * every libmnl writes what an attribute is padded with.
 */
static void msg_room(struct msg *msg, size_t len)
{
	const size_t need = msg_header(msg)->nlmsg_len + MNL_ATTR_HDRLEN +
			    MNL_ALIGN(len);
	size_t size = msg->size;

	while (size < need)
		size *= 2;
	if (size == msg->size)
		return;
	msg->buffer = realloc(msg->buffer, size);
	if (!msg->buffer)
		err_no_memory();
	memset(msg->buffer + msg->size, 0, size - msg->size);
	msg->size = size;
}

/**
 * msg_init() - begin a question
 * @msg: the question, for msg_free()
 * @cmd: its command
 * @version: version of the family the command is of
 *
 * Whom it goes to, and its number, are filled in when it is sent.
 */
void msg_init(struct msg *msg, u8 cmd, u8 version)
{
	struct genlmsghdr *genlh;

	msg->size = MSG_SIZE;
	msg->buffer = calloc(1, msg->size);
	if (!msg->buffer)
		err_no_memory();
	genlh = mnl_nlmsg_put_extra_header(mnl_nlmsg_put_header(msg->buffer),
					   sizeof(*genlh));
	genlh->cmd = cmd;
	genlh->version = version;
}

/**
 * msg_free() - forget a question
 * @msg: the question
 */
void msg_free(struct msg *msg)
{
	free(msg->buffer);
	msg->buffer = NULL;
}

/**
 * msg_header() - where a question begins
 * @msg: the question
 *
 * Return: its header, until something is added.
 */
struct nlmsghdr *msg_header(const struct msg *msg)
{
	return (struct nlmsghdr *)msg->buffer;
}

/**
 * msg_put() - add an attribute
 * @msg: the question
 * @type: type of the attribute
 * @data: its payload
 * @len: length of the payload
 */
void msg_put(struct msg *msg, u16 type, const void *data, size_t len)
{
	msg_room(msg, len);
	mnl_attr_put(msg_header(msg), type, len, data);
}

void msg_put_u8(struct msg *msg, u16 type, u8 value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_put_u16(struct msg *msg, u16 type, u16 value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_put_u32(struct msg *msg, u16 type, u32 value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_put_u64(struct msg *msg, u16 type, u64 value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_put_text(struct msg *msg, u16 type, const char *text)
{
	msg_put(msg, type, text, strlen(text) + 1);
}

void msg_put_flag(struct msg *msg, u16 type)
{
	/* memcpy() wants to be given something even if it copies nothing. */
	msg_put(msg, type, "", 0);
}

/**
 * msg_nest() - begin an attribute that has others within it
 * @msg: the question
 * @type: its type
 *
 * The attribute must not become longer than 64 KiB, which its length cannot
 * tell; what writes rules bounds what is in them.
 *
 * Return: its offset, for msg_nest_end().
 */
size_t msg_nest(struct msg *msg, u16 type)
{
	msg_room(msg, 0);
	return (char *)mnl_attr_nest_start(msg_header(msg), type) -
	       msg->buffer;
}

/**
 * msg_nest_end() - end an attribute that has others within it
 * @msg: the question
 * @at: its offset
 */
void msg_nest_end(struct msg *msg, size_t at)
{
	mnl_attr_nest_end(msg_header(msg),
			  (struct nlattr *)(msg->buffer + at));
}
