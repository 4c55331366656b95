// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets that wait in FIN_WAIT_2
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include "duration.h"
#include "err.h"
#include "filter.h"
#include "genl.h"
#include "msg.h"
#include "name.h"
#include "out.h"
#include "proc.h"
#include "sock.h"

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
	[FINWAIT2_A_SOCK_RULE] = ATTR_U32,
	[FINWAIT2_A_SOCK_MARK] = ATTR_U32,
	[FINWAIT2_A_SOCK_LIMIT] = ATTR_UINT,
	[FINWAIT2_A_SOCK_MAX_AGE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_KEEPSTART] = ATTR_UINT,
	[FINWAIT2_A_SOCK_KEEPSTOP] = ATTR_UINT,
	[FINWAIT2_A_SOCK_RESET] = ATTR_U8,
	[FINWAIT2_A_SOCK_OBSERVE] = ATTR_U8,
	[FINWAIT2_A_SOCK_EXEMPT] = ATTR_FLAG,
	[FINWAIT2_A_SOCK_PROBING] = ATTR_FLAG,
	[FINWAIT2_A_SOCK_ACTIVITY] = ATTR_U32,
	[FINWAIT2_A_SOCK_SILENT] = ATTR_UINT,
	[FINWAIT2_A_SOCK_EVENT] = ATTR_U32,
	[FINWAIT2_A_SOCK_SEQ] = ATTR_UINT,
	[FINWAIT2_A_SOCK_TIME] = ATTR_UINT,
	[FINWAIT2_A_SOCK_REASON] = ATTR_U32,
	[FINWAIT2_A_SOCK_MISSED] = ATTR_UINT,
	[FINWAIT2_A_SOCK_CGROUP_ID] = ATTR_UINT,
	[FINWAIT2_A_SOCK_WAITING] = ATTR_UINT,
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
	{ "RULE", true },
	{ "PROCESSES", false },
};

/**
 * struct sock_list - a list that is being printed
 * @out: where to
 * @proc: who has which sockets open; NULL if nobody wants to know
 */
struct sock_list {
	struct out *out;
	const struct proc *proc;
};

/* Addresses are printed without another look at their length. */
static int sock_check(const struct attr *attrs)
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

/**
 * sock_parse() - read a message about a socket
 * @nlh: the message
 * @attrs: where to store its SOCK_ATTRS attributes
 *
 * Both ends and the class are there if this returns 0.
 *
 * Return: 0, or -1 if it is malformed.
 */
int sock_parse(const struct nlmsghdr *nlh, struct attr *attrs)
{
	if (attr_parse(nlh, sock_kinds, attrs, SOCK_ATTRS))
		return -1;
	return sock_check(attrs);
}

/**
 * sock_parse_event() - read a message about an event
 * @nlh: the message
 * @attrs: where to store its SOCK_ATTRS attributes
 *
 * Not every event is about one socket. If the family is there, so are both ends
 * and the class.
 *
 * Return: 0, or -1 if it is malformed.
 */
int sock_parse_event(const struct nlmsghdr *nlh, struct attr *attrs)
{
	if (attr_parse(nlh, sock_kinds, attrs, SOCK_ATTRS) ||
	    !attrs[FINWAIT2_A_SOCK_EVENT].present)
		return -1;
	return attrs[FINWAIT2_A_SOCK_FAMILY].present ? sock_check(attrs) : 0;
}

/* An address, and where it ends. */
static char *sock_address(char *at, int family, const u8 *bytes)
{
	int i;

	if (family == AF_INET6) {
		inet_ntop(family, bytes, at, INET6_ADDRSTRLEN);
		return at + strlen(at);
	}
	for (i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = put_number(at, bytes[i]);
	}
	return at;
}

/* As ss prints it: 192.0.2.1:80, [2001:db8::1]:80, [fe80::1]%eth0:80. */
static void sock_end(const struct attr *attrs, unsigned int addr,
		     unsigned int port, const char *device,
		     char text[SOCK_END_SIZE])
{
	const int family = attrs[FINWAIT2_A_SOCK_FAMILY].number;
	const bool v6 = family == AF_INET6;

	if (v6)
		*text++ = '[';
	text = sock_address(text, family, attrs[addr].bytes);
	if (v6)
		*text++ = ']';
	if (*device) {
		*text++ = '%';
		text = stpcpy(text, device);
	}
	*text++ = ':';
	put_number(text, (u16)attrs[port].number);
}

/**
 * sock_local() - write the local end of a connection
 * @attrs: what sock_parse() stored
 * @text: where to write
 */
void sock_local(const struct attr *attrs, char text[SOCK_END_SIZE])
{
	const struct attr *bound = &attrs[FINWAIT2_A_SOCK_IFINDEX];
	char device[IF_NAMESIZE] = "";

	/* The device may be gone by now. */
	if (bound->present && !if_indextoname(bound->number, device))
		snprintf(device, sizeof(device), "%llu", bound->number);
	sock_end(attrs, FINWAIT2_A_SOCK_LOCAL_ADDR, FINWAIT2_A_SOCK_LOCAL_PORT,
		 device, text);
}

/**
 * sock_remote() - write the peer's end of a connection
 * @attrs: what sock_parse() stored
 * @text: where to write
 */
void sock_remote(const struct attr *attrs, char text[SOCK_END_SIZE])
{
	sock_end(attrs, FINWAIT2_A_SOCK_REMOTE_ADDR,
		 FINWAIT2_A_SOCK_REMOTE_PORT, "", text);
}

/**
 * sock_cookie() - write the cookie of a socket
 * @attrs: what sock_parse() stored
 * @text: where to write
 *
 * A name rather than a number: hexadecimal as in ss, and a string in JSON, too,
 * since cookies may use all 64 bits, which many readers of JSON round.
 */
void sock_cookie(const struct attr *attrs, char text[SOCK_COOKIE_SIZE])
{
	snprintf(text, SOCK_COOKIE_SIZE, "%llx",
		 attrs[FINWAIT2_A_SOCK_COOKIE].number);
}

static void sock_print_end(struct out *out, const struct attr *attrs,
			   out_fn *print, const char *addr_key,
			   unsigned int addr, const char *port_key,
			   unsigned int port, const char *text)
{
	char host[INET6_ADDRSTRLEN];

	inet_ntop(attrs[FINWAIT2_A_SOCK_FAMILY].number, attrs[addr].bytes,
		  host, sizeof(host));
	print(out, addr_key, json_string(host), COLOUR_NONE, NULL);
	print(out, port_key, out_integer(attrs[port].number), COLOUR_NONE,
	      text);
}

/**
 * sock_print_ends() - print both ends of a connection
 * @out: where to
 * @attrs: what sock_parse() stored
 * @print: how: out_cell() as values of a row, line_value() as those of a line
 */
void sock_print_ends(struct out *out, const struct attr *attrs, out_fn *print)
{
	const struct attr *bound = &attrs[FINWAIT2_A_SOCK_IFINDEX];
	char text[SOCK_END_SIZE];

	if (bound->present)
		print(out, "ifindex", out_integer(bound->number), COLOUR_NONE,
		      NULL);
	sock_local(attrs, text);
	sock_print_end(out, attrs, print, "local_addr",
		       FINWAIT2_A_SOCK_LOCAL_ADDR, "local_port",
		       FINWAIT2_A_SOCK_LOCAL_PORT, text);
	sock_remote(attrs, text);
	sock_print_end(out, attrs, print, "remote_addr",
		       FINWAIT2_A_SOCK_REMOTE_ADDR, "remote_port",
		       FINWAIT2_A_SOCK_REMOTE_PORT, text);
}

static bool sock_orphan(const struct attr *attrs)
{
	return attrs[FINWAIT2_A_SOCK_CLASS].number == FINWAIT2_CLASS_ORPHAN;
}

/* When the socket will be flushed, for people. Returns in which colour. */
static enum colour sock_due(const struct attr *attrs, char text[DURATION_SIZE])
{
	const struct attr *due = &attrs[FINWAIT2_A_SOCK_DUE_IN];
	enum colour colour = COLOUR_NONE;
	const char *word;

	if (attrs[FINWAIT2_A_SOCK_EXEMPT].present) {
		colour = COLOUR_DIM;
		word = "exempt";
	} else if (attrs[FINWAIT2_A_SOCK_OBSERVED].present) {
		colour = COLOUR_WARN;
		word = "observed";
	} else if (!due->present) {
		colour = COLOUR_DIM;
		word = sock_orphan(attrs) ? "-" : "never";
	} else if (!due->number) {
		colour = COLOUR_BAD;
		word = "now";
	} else {
		duration_format_short(text, due->number);
		return colour;
	}
	snprintf(text, DURATION_SIZE, "%s", word);
	return colour;
}

/* When the socket will be flushed, and by which limit. */
static void sock_print_due(struct out *out, const struct attr *attrs)
{
	const struct attr *reason = &attrs[FINWAIT2_A_SOCK_DUE_REASON];
	const struct attr *due = &attrs[FINWAIT2_A_SOCK_DUE_IN];
	const bool observed = attrs[FINWAIT2_A_SOCK_OBSERVED].present;
	char text[DURATION_SIZE];
	enum colour colour;
	const char *name;

	colour = sock_due(attrs, text);
	out_hidden(out, "observed", json_boolean(observed));
	out_cell(out, due->present ? "due_in" : NULL, out_integer(due->number),
		 colour, text);

	if (reason->present) {
		name = name_reason(reason->number);
		out_cell(out, "due_reason", json_string(name), COLOUR_NONE,
			 name);
	} else {
		out_cell(out, NULL, NULL, COLOUR_DIM,
			 sock_orphan(attrs) ? "kernel" : "-");
	}
}

/* What people find with the command "explain". */
static void sock_print_more(struct out *out, const struct attr *attrs)
{
	static const struct {
		unsigned int attr;
		const char *key;
	} numbers[] = {
		{ FINWAIT2_A_SOCK_MARK, "mark" },
		{ FINWAIT2_A_SOCK_LIMIT, "limit" },
		{ FINWAIT2_A_SOCK_MAX_AGE, "max_age" },
		{ FINWAIT2_A_SOCK_KEEPSTART, "keepstart" },
		{ FINWAIT2_A_SOCK_KEEPSTOP, "keepstop" },
		{ FINWAIT2_A_SOCK_SILENT, "silent" },
	}, switches[] = {
		{ FINWAIT2_A_SOCK_RESET, "reset" },
		{ FINWAIT2_A_SOCK_OBSERVE, "observe" },
	};
	const struct attr *attr;
	size_t i;

	if (!out->json)
		return;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		attr = &attrs[numbers[i].attr];
		if (attr->present)
			out_hidden(out, numbers[i].key,
				   out_integer(attr->number));
	}
	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		attr = &attrs[switches[i].attr];
		if (attr->present)
			out_hidden(out, switches[i].key,
				   json_boolean(attr->number));
	}
	if (attrs[FINWAIT2_A_SOCK_EXEMPT].present)
		out_hidden(out, "exempt", json_true());
	if (attrs[FINWAIT2_A_SOCK_PROBING].present)
		out_hidden(out, "probing", json_true());
	attr = &attrs[FINWAIT2_A_SOCK_ACTIVITY];
	if (attr->present)
		out_hidden(out, "activity",
			   json_string(name_activity(attr->number)));
}

static void sock_print_number(struct out *out, const char *key,
			      const struct attr *attr)
{
	if (attr->present)
		out_uint(out, key, attr->number);
	else
		out_absent(out);
}

static void sock_print_processes(const struct sock_list *list,
				 const struct attr *attrs)
{
	const u64 inode = attrs[FINWAIT2_A_SOCK_INODE].number;
	char text[PROC_TEXT];

	if (list->out->json) {
		out_hidden(list->out, "processes",
			   proc_json(list->proc, inode));
		return;
	}
	proc_text(list->proc, inode, text);
	out_cell(list->out, NULL, NULL, *text ? COLOUR_NONE : COLOUR_DIM,
		 *text ? text : "-");
}

static void sock_span(const struct attr *attr, char text[DURATION_SIZE])
{
	if (attr->present)
		duration_format_short(text, attr->number);
	else
		snprintf(text, DURATION_SIZE, "-");
}

/* The next cell of a line. Widths are negative for what is aligned to the right. */
static char *sock_cell(char *at, const char *text, int width)
{
	const size_t len = strlen(text);
	size_t pad = abs(width);

	pad = pad > len ? pad - len : 0;
	if (width < 0)
		at = memset(at, ' ', pad) + pad;
	at = mempcpy(at, text, len);
	if (width > 0)
		at = memset(at, ' ', pad) + pad;
	*at++ = ' ';
	return at;
}

/*
 * A line, of which nothing is kept: for as many as there may be. Put together by
 * hand, since printf() would take longer than all else.
 */
static void sock_print_brief(const struct attr *attrs)
{
	char line[2 * SOCK_END_SIZE + 4 * DURATION_SIZE + 64], *at = line;
	char text[SOCK_END_SIZE], span[DURATION_SIZE];

	at = sock_cell(at, name_class(attrs[FINWAIT2_A_SOCK_CLASS].number), 6);
	sock_local(attrs, text);
	at = sock_cell(at, text, 21);
	sock_remote(attrs, text);
	at = sock_cell(at, text, 21);
	sock_span(&attrs[FINWAIT2_A_SOCK_AGE], span);
	at = sock_cell(at, span, -6);
	sock_span(&attrs[FINWAIT2_A_SOCK_IDLE], span);
	at = sock_cell(at, span, -6);
	sock_due(attrs, span);
	at = sock_cell(at, span, 0);
	at[-1] = '\n';
	fwrite(line, 1, at - line, stdout);
}

static int sock_print(const struct nlmsghdr *nlh, void *data)
{
	struct attr attrs[SOCK_ATTRS];
	struct sock_list *list = data;
	struct out *out = list->out;
	char text[SOCK_COOKIE_SIZE];
	const char *class;

	if (sock_parse(nlh, attrs))
		return -1;
	/* Who reads has had enough; main() says so. */
	if (ferror(stdout))
		return STATUS_FAILED;

	if (out->brief && !out->json) {
		sock_print_brief(attrs);
		return 0;
	}
	class = name_class(attrs[FINWAIT2_A_SOCK_CLASS].number);
	out_cell(out, "class", json_string(class), COLOUR_NAME, class);
	sock_print_ends(out, attrs, out_cell);
	if (attrs[FINWAIT2_A_SOCK_AGE].present)
		out_span(out, "age", attrs[FINWAIT2_A_SOCK_AGE].number);
	else
		out_absent(out);
	if (attrs[FINWAIT2_A_SOCK_IDLE].present)
		out_span(out, "idle", attrs[FINWAIT2_A_SOCK_IDLE].number);
	else
		out_absent(out);
	sock_print_due(out, attrs);
	sock_print_number(out, "uid", &attrs[FINWAIT2_A_SOCK_UID]);
	sock_print_number(out, "inode", &attrs[FINWAIT2_A_SOCK_INODE]);
	sock_cookie(attrs, text);
	if (attrs[FINWAIT2_A_SOCK_COOKIE].present)
		out_cell(out, "cookie", json_string(text), COLOUR_NONE, text);
	else
		out_absent(out);
	sock_print_number(out, "rule", &attrs[FINWAIT2_A_SOCK_RULE]);
	if (list->proc)
		sock_print_processes(list, attrs);
	sock_print_more(out, attrs);
	out_row(out);
	return 0;
}

/**
 * sock_cmd_list() - the command "list [FILTER]"
 * @out: where to print
 * @argc: number of words after "list"
 * @argv: the words
 *
 * Return: the exit status.
 */
int sock_cmd_list(struct out *out, int argc, char **argv)
{
	struct sock_list list = { .out = out };
	struct filter filter;
	char why[ERR_WHY];
	struct genl *genl;
	struct proc *proc;
	struct msg msg;
	int ret;

	if (filter_parse(&filter, argc, argv, why)) {
		filter_free(&filter);
		return err_usage("%s", why);
	}
	msg_init(&msg, FINWAIT2_CMD_SOCK_GET, FINWAIT2_FAMILY_VERSION);
	filter_put(&msg, FINWAIT2_A_SOCK_FILTER, &filter);
	filter_free(&filter);

	ret = genl_open(&genl);
	if (!ret) {
		/* To look at all descriptors takes longer than all else. */
		proc = out->brief ? NULL : proc_scan();
		list.proc = proc;
		out_list_open(out, sock_columns, ARRAY_SIZE(sock_columns));
		ret = genl_dump_some(genl, &msg, sock_print, &list);
		out_list_close(out);
		proc_free(proc);
		genl_close(genl);
	}
	msg_free(&msg);
	return ret;
}
