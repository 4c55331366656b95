// SPDX-License-Identifier: GPL-2.0
/*
 * What the sockets of a group have in common
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clean.h"
#include "out.h"
#include "top_data.h"
#include "top_key.h"

/* Lengths of prefixes that networks are given out and thought of in. */
static const u8 top_steps4[] = { 32, 24, 16, 8, 0 };
static const u8 top_steps6[] = { 128, 64, 56, 48, 32, 0 };

/**
 * struct top_kind - a kind of groups
 * @name: the word for it, and the key of a group's name in JSON
 * @head: title of the column with the names
 */
static const struct top_kind {
	const char *name;
	const char *head;
} top_kinds[TOP_KINDS] = {
	[TOP_PEER] = { "peer", "PEER" },
	[TOP_PORT] = { "port", "PORT" },
	[TOP_PROCESS] = { "process", "PROCESS" },
	[TOP_CGROUP] = { "cgroup", "CGROUP" },
	[TOP_RULE] = { "rule", "RULE" },
};

/**
 * top_by_name() - the word for a kind of groups
 * @by: the kind
 */
const char *top_by_name(enum top_by by)
{
	return top_kinds[by].name;
}

/**
 * top_by_head() - the title of the column with the names of groups
 * @by: their kind
 */
const char *top_by_head(enum top_by by)
{
	return top_kinds[by].head;
}

/**
 * top_key_of() - the group that a socket is in
 * @by: kind of the group
 * @sock: the socket
 */
struct top_key top_key_of(enum top_by by, const struct top_sock *sock)
{
	struct top_key key = { 0 };

	switch (by) {
	case TOP_PEER:
		key.len = sock->len;
		key.bits = 8 * key.len;
		memcpy(key.bytes, sock->addr, key.len);
		break;
	case TOP_PORT:
		key.number = sock->port;
		break;
	case TOP_PROCESS:
		key.number = sock->pid;
		memcpy(key.bytes, sock->process, sizeof(sock->process));
		break;
	case TOP_CGROUP:
		key.number = sock->cgroup;
		break;
	default:
		key.number = sock->rule;
		break;
	}
	return key;
}

/**
 * top_key_widen() - the network that a group is part of
 * @key: the group, which stays what it is unless it is one of peers
 * @bits4: how many bits of an IPv4 address count
 * @bits6: how many of an IPv6 address
 *
 * What is a larger network already stays one.
 */
struct top_key top_key_widen(const struct top_key *key, u8 bits4, u8 bits6)
{
	const u8 bits = key->len == 4 ? bits4 : bits6;
	struct top_key wide = *key;
	unsigned int i;

	if (!key->len || key->bits <= bits)
		return wide;
	wide.bits = bits;
	for (i = bits / 8; i < key->len; i++)
		wide.bytes[i] &= i == bits / 8 ? ~(0xff >> bits % 8) : 0;
	return wide;
}

/**
 * top_key_merged() - the group that another one may become part of
 * @by: kind of the groups
 * @key: the other one
 * @bits4: if they are of peers, how many bits of an IPv4 address are to count
 * @bits6: and how many of an IPv6 address
 *
 * Return: the group, the same one if it has to stay.
 */
struct top_key top_key_merged(enum top_by by, const struct top_key *key,
			      u8 bits4, u8 bits6)
{
	if (by == TOP_PEER)
		return top_key_widen(key, bits4, bits6);
	/* That there is none is worth to be known. */
	if (!key->number)
		return *key;
	return (struct top_key) { .rest = 1 };
}

/**
 * top_key_shorter() - the next shorter prefix
 * @len: bytes of the address, 4 or 16
 * @bits: length of a prefix
 *
 * Return: its length, 0 after the shortest.
 */
u8 top_key_shorter(u8 len, u8 bits)
{
	const u8 *step = len == 4 ? top_steps4 : top_steps6;

	while (*step && *step >= bits)
		step++;
	return *step;
}

/**
 * top_key_compare() - which of two groups comes first by name
 * @by: their kind
 * @a: one
 * @b: the other
 *
 * Return: as strcmp() does.
 */
int top_key_compare(enum top_by by, const struct top_key *a,
		    const struct top_key *b)
{
	int order = a->rest - b->rest;

	if (!order)
		order = a->len - b->len;
	/* Processes by name, for there is more than one of a kind. */
	if (!order && (by == TOP_PEER || by == TOP_PROCESS))
		order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (!order)
		order = a->bits - b->bits;
	if (!order)
		order = (a->number > b->number) - (a->number < b->number);
	return order;
}

static void top_key_name_peer(const struct top_key *key, char name[TOP_NAME])
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(key->len == 4 ? AF_INET : AF_INET6, key->bytes, addr,
		  sizeof(addr));
	if (key->bits == 8 * key->len)
		snprintf(name, TOP_NAME, "%s", addr);
	else
		snprintf(name, TOP_NAME, "%s/%u", addr, key->bits);
}

/**
 * top_key_name() - what a group is called
 * @by: its kind
 * @key: the group
 * @name: where to write
 *
 * A cgroup is called by its path. This writes its number, for when the path is
 * not known.
 */
void top_key_name(enum top_by by, const struct top_key *key,
		  char name[TOP_NAME])
{
	if (key->rest)
		snprintf(name, TOP_NAME, "(rest)");
	else if (by == TOP_PEER)
		top_key_name_peer(key, name);
	else if (!key->number)
		snprintf(name, TOP_NAME, "-");
	else if (by == TOP_PROCESS)
		snprintf(name, TOP_NAME, "%llu/%.*s", key->number,
			 TOP_KEY_BYTES - 1, (const char *)key->bytes);
	else if (by == TOP_CGROUP)
		snprintf(name, TOP_NAME, "(%llu)", key->number);
	else
		snprintf(name, TOP_NAME, "%llu", key->number);
}

/**
 * top_key_print() - print what a group is called, as the next value of a row
 * @out: where to
 * @by: its kind
 * @key: the group
 * @path: path of the cgroup, NULL if it is none or not known
 *
 * Programs get numbers for what is a number, and nothing for what is not known.
 */
void top_key_print(struct out *out, enum top_by by, const struct top_key *key,
		   const char *path)
{
	const bool known = by == TOP_PEER || key->rest || key->number;
	json_t *value = NULL;
	char name[TOP_NAME];
	char *clean;

	top_key_name(by, key, name);
	if (key->rest)
		out_hidden(out, "rest", json_true());
	else if (known && (by == TOP_PORT || by == TOP_RULE))
		value = out_integer(key->number);
	else if (known && by == TOP_PROCESS)
		value = out_string((const char *)key->bytes);
	else if (by == TOP_PEER)
		value = json_string(name);
	else if (path)
		value = out_string(path);
	if (by == TOP_PROCESS && key->number)
		out_hidden(out, "pid", out_integer(key->number));
	if (by == TOP_CGROUP && key->number)
		out_hidden(out, "cgroup_id", out_integer(key->number));
	clean = clean_copy(path ? path : name);
	out_cell(out, value ? top_by_name(by) : NULL, value,
		 known ? COLOUR_NAME : COLOUR_DIM, clean);
	free(clean);
}
