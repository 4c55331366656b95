// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets that wait in FIN_WAIT_2
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>

#include "attr.h"
#include "duration.h"
#include "err.h"
#include "genl.h"
#include "out.h"
#include "sock.h"

#define SOCK_ATTRS	(FINWAIT2_A_SOCK_MAX + 1)

static const u8 sock_kinds[SOCK_ATTRS] = {
	[FINWAIT2_A_SOCK_FAMILY] = ATTR_U16,
	[FINWAIT2_A_SOCK_LOCAL_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_SOCK_LOCAL_PORT] = ATTR_BE16,
	[FINWAIT2_A_SOCK_REMOTE_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_SOCK_REMOTE_PORT] = ATTR_BE16,
	[FINWAIT2_A_SOCK_IFINDEX] = ATTR_U32,
	[FINWAIT2_A_SOCK_CLASS] = ATTR_U32,
	[FINWAIT2_A_SOCK_AGE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_IDLE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_DUE_IN] = ATTR_UINT,
	[FINWAIT2_A_SOCK_DUE_REASON] = ATTR_U32,
	[FINWAIT2_A_SOCK_OBSERVED] = ATTR_FLAG,
	[FINWAIT2_A_SOCK_UID] = ATTR_U32,
	[FINWAIT2_A_SOCK_INODE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_COOKIE] = ATTR_UINT,
};

static const struct table_column sock_columns[] = {
	{ "CLASS", false },
	{ "LOCAL", false },
	{ "REMOTE", false },
	{ "AGE", true },
	{ "IDLE", true },
	{ "DUE", true },
	{ "WHY", false },
	{ "UID", true },
	{ "INODE", true },
	{ "COOKIE", true },
};

static const char * const sock_classes[] = {
	[FINWAIT2_CLASS_HELD] = "held",
	[FINWAIT2_CLASS_SHUT] = "shut",
	[FINWAIT2_CLASS_ORPHAN] = "orphan",
};

static const char * const sock_reasons[] = {
	[FINWAIT2_REASON_PEER_FIN] = "peer-fin",
	[FINWAIT2_REASON_CLOSE] = "close",
	[FINWAIT2_REASON_RESET] = "reset",
	[FINWAIT2_REASON_ABORT] = "abort",
	[FINWAIT2_REASON_HELD] = "held",
	[FINWAIT2_REASON_SHUT] = "shut",
	[FINWAIT2_REASON_AGE] = "age",
};

/* A newer module may know more of them than this program. */
static const char *sock_name(const char * const *names, size_t count,
			     u64 number)
{
	return number < count ? names[number] : "unknown";
}

/* Addresses are printed without another look at their length. */
static int sock_parse(const struct nlmsghdr *nlh, struct attr *attrs)
{
	static const u8 required[] = {
		FINWAIT2_A_SOCK_FAMILY,
		FINWAIT2_A_SOCK_LOCAL_ADDR,
		FINWAIT2_A_SOCK_LOCAL_PORT,
		FINWAIT2_A_SOCK_REMOTE_ADDR,
		FINWAIT2_A_SOCK_REMOTE_PORT,
		FINWAIT2_A_SOCK_CLASS,
	};
	size_t i, len;

	if (attr_parse(nlh, sock_kinds, attrs, SOCK_ATTRS))
		return -1;
	for (i = 0; i < sizeof(required); i++) {
		if (!attrs[required[i]].present)
			return -1;
	}
	if (attrs[FINWAIT2_A_SOCK_FAMILY].number == AF_INET)
		len = sizeof(struct in_addr);
	else if (attrs[FINWAIT2_A_SOCK_FAMILY].number == AF_INET6)
		len = sizeof(struct in6_addr);
	else
		return -1;
	if (attrs[FINWAIT2_A_SOCK_LOCAL_ADDR].len != len ||
	    attrs[FINWAIT2_A_SOCK_REMOTE_ADDR].len != len)
		return -1;
	return 0;
}

/* As ss prints it: 192.0.2.1:80, [2001:db8::1]:80, [fe80::1]%eth0:80. */
static void sock_print_end(struct out *out, const struct attr *attrs,
			   const char *addr_key, unsigned int addr,
			   const char *port_key, unsigned int port,
			   const char *device)
{
	const int family = attrs[FINWAIT2_A_SOCK_FAMILY].number;
	const bool v6 = family == AF_INET6;
	char host[INET6_ADDRSTRLEN];
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 16];

	inet_ntop(family, attrs[addr].bytes, host, sizeof(host));
	snprintf(text, sizeof(text), "%s%s%s%s%s:%llu", v6 ? "[" : "", host,
		 v6 ? "]" : "", *device ? "%" : "", device, attrs[port].number);
	out_hidden(out, addr_key, json_string(host));
	out_cell(out, port_key, out_integer(attrs[port].number), COLOUR_NONE,
		 text);
}

static void sock_print_ends(struct out *out, const struct attr *attrs)
{
	const struct attr *bound = &attrs[FINWAIT2_A_SOCK_IFINDEX];
	char device[IF_NAMESIZE] = "";

	if (bound->present) {
		/* The device may be gone by now. */
		if (!if_indextoname(bound->number, device))
			snprintf(device, sizeof(device), "%llu",
				 bound->number);
		out_hidden(out, "ifindex", out_integer(bound->number));
	}
	sock_print_end(out, attrs, "local_addr", FINWAIT2_A_SOCK_LOCAL_ADDR,
		       "local_port", FINWAIT2_A_SOCK_LOCAL_PORT, device);
	sock_print_end(out, attrs, "remote_addr", FINWAIT2_A_SOCK_REMOTE_ADDR,
		       "remote_port", FINWAIT2_A_SOCK_REMOTE_PORT, "");
}

/* When the socket will be flushed, and by which limit. */
static void sock_print_due(struct out *out, const struct attr *attrs)
{
	const bool orphan =
		attrs[FINWAIT2_A_SOCK_CLASS].number == FINWAIT2_CLASS_ORPHAN;
	const struct attr *reason = &attrs[FINWAIT2_A_SOCK_DUE_REASON];
	const struct attr *due = &attrs[FINWAIT2_A_SOCK_DUE_IN];
	const bool observed = attrs[FINWAIT2_A_SOCK_OBSERVED].present;
	enum colour colour = COLOUR_NONE;
	char text[DURATION_SIZE];
	const char *name;

	duration_format_short(text, due->number);
	if (observed) {
		colour = COLOUR_WARN;
		snprintf(text, sizeof(text), "observed");
	} else if (!due->present) {
		colour = COLOUR_DIM;
		snprintf(text, sizeof(text), orphan ? "-" : "never");
	} else if (!due->number) {
		colour = COLOUR_BAD;
		snprintf(text, sizeof(text), "now");
	}
	out_hidden(out, "observed", json_boolean(observed));
	out_cell(out, due->present ? "due_in" : NULL, out_integer(due->number),
		 colour, text);

	if (reason->present) {
		name = sock_name(sock_reasons, ARRAY_SIZE(sock_reasons),
				 reason->number);
		out_cell(out, "due_reason", json_string(name), COLOUR_NONE,
			 name);
	} else {
		out_cell(out, NULL, NULL, COLOUR_DIM, orphan ? "kernel" : "-");
	}
}

static int sock_print(const struct nlmsghdr *nlh, void *data)
{
	struct attr attrs[SOCK_ATTRS];
	struct out *out = data;
	const char *class;
	char text[20];

	if (sock_parse(nlh, attrs))
		return -1;
	/* Who reads has had enough; main() says so. */
	if (ferror(stdout))
		return STATUS_FAILED;

	class = sock_name(sock_classes, ARRAY_SIZE(sock_classes),
			  attrs[FINWAIT2_A_SOCK_CLASS].number);
	out_cell(out, "class", json_string(class), COLOUR_NAME, class);
	sock_print_ends(out, attrs);
	if (attrs[FINWAIT2_A_SOCK_AGE].present)
		out_span(out, "age", attrs[FINWAIT2_A_SOCK_AGE].number);
	else
		out_absent(out);
	if (attrs[FINWAIT2_A_SOCK_IDLE].present)
		out_span(out, "idle", attrs[FINWAIT2_A_SOCK_IDLE].number);
	else
		out_absent(out);
	sock_print_due(out, attrs);
	if (attrs[FINWAIT2_A_SOCK_UID].present)
		out_uint(out, "uid", attrs[FINWAIT2_A_SOCK_UID].number);
	else
		out_absent(out);
	if (attrs[FINWAIT2_A_SOCK_INODE].present)
		out_uint(out, "inode", attrs[FINWAIT2_A_SOCK_INODE].number);
	else
		out_absent(out);

	/*
	 * A name rather than a number: hexadecimal as in ss, and a string since
	 * cookies may use all 64 bits, which many readers of JSON round.
	 */
	snprintf(text, sizeof(text), "%llx",
		 attrs[FINWAIT2_A_SOCK_COOKIE].number);
	if (attrs[FINWAIT2_A_SOCK_COOKIE].present)
		out_cell(out, "cookie", json_string(text), COLOUR_NONE, text);
	else
		out_absent(out);
	out_row(out);
	return 0;
}

static int sock_add(const struct nlmsghdr *nlh, void *data)
{
	struct attr attrs[SOCK_ATTRS];
	struct sock_counts *counts = data;

	if (sock_parse(nlh, attrs))
		return -1;
	switch (attrs[FINWAIT2_A_SOCK_CLASS].number) {
	case FINWAIT2_CLASS_HELD:
		counts->held++;
		break;
	case FINWAIT2_CLASS_SHUT:
		counts->shut++;
		break;
	case FINWAIT2_CLASS_ORPHAN:
		counts->orphan++;
		break;
	}
	return 0;
}

/**
 * sock_count() - count the sockets by class
 * @genl: socket to ask with
 * @counts: where to store the numbers
 *
 * Return: 0 or the exit status, the error reported.
 */
int sock_count(struct genl *genl, struct sock_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	return genl_dump(genl, FINWAIT2_CMD_SOCK_GET, sock_add, counts);
}

/**
 * sock_print_counts() - print the numbers as entries
 * @out: where to
 * @counts: what sock_count() stored
 */
void sock_print_counts(struct out *out, const struct sock_counts *counts)
{
	out_entry_uint(out, "held", counts->held,
		       "write side shut, still open");
	out_entry_uint(out, "shut", counts->shut,
		       "both sides shut, still open");
	out_entry_uint(out, "orphan", counts->orphan,
		       "closed, timed by the kernel");
}

/**
 * sock_cmd_list() - the command "list"
 * @out: where to print
 * @argc: number of words after "list", 0
 * @argv: the words
 *
 * Return: the exit status.
 */
int sock_cmd_list(struct out *out, int argc __maybe_unused,
		  char **argv __maybe_unused)
{
	struct genl *genl;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	out_list_open(out, sock_columns, ARRAY_SIZE(sock_columns));
	ret = genl_dump(genl, FINWAIT2_CMD_SOCK_GET, sock_print, out);
	out_list_close(out);
	genl_close(genl);
	return ret;
}
