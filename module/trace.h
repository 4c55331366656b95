/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM finwait2

#if !defined(_FW2_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _FW2_TRACE_H

#include <linux/jiffies.h>
#include <linux/tracepoint.h>
#include <net/inet_sock.h>
#include <uapi/linux/finwait2.h>

#include "exits.h"

void fw2_trace_addrs(const struct sock *sk, u8 *saddr, u8 *daddr);

TRACE_DEFINE_ENUM(FINWAIT2_REASON_PEER_FIN);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_CLOSE);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_RESET);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_ABORT);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_HELD);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_SHUT);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_AGE);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_VANISHED);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_REQUEST);
TRACE_DEFINE_ENUM(FINWAIT2_REASON_PRESSURE);

#define fw2_show_reason(reason)					\
	__print_symbolic(reason,				\
		{ FINWAIT2_REASON_PEER_FIN,	"peer-fin" },	\
		{ FINWAIT2_REASON_CLOSE,	"close" },	\
		{ FINWAIT2_REASON_RESET,	"reset" },	\
		{ FINWAIT2_REASON_ABORT,	"abort" },	\
		{ FINWAIT2_REASON_HELD,		"held" },	\
		{ FINWAIT2_REASON_SHUT,		"shut" },	\
		{ FINWAIT2_REASON_AGE,		"age" },	\
		{ FINWAIT2_REASON_VANISHED,	"vanished" },	\
		{ FINWAIT2_REASON_REQUEST,	"request" },	\
		{ FINWAIT2_REASON_PRESSURE,	"pressure" })

/* What all events tell of the socket. Addresses are IPv6, or mapped there. */
#define FW2_SOCK_FIELDS						\
		__field(const void *, skaddr)			\
		__field(__u16, sport)				\
		__field(__u16, dport)				\
		__array(__u8, saddr, 16)			\
		__array(__u8, daddr, 16)

#define FW2_SOCK_ASSIGN						\
		__entry->skaddr = sk;				\
		__entry->sport = ntohs(inet_sk(sk)->inet_sport);	\
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);	\
		fw2_trace_addrs(sk, __entry->saddr, __entry->daddr)

#define FW2_SOCK_FORMAT	"sport=%hu dport=%hu saddr=%pI6c daddr=%pI6c"
#define FW2_SOCK_ARGS	__entry->sport, __entry->dport, __entry->saddr, \
			__entry->daddr

/* A socket is watched from now on. */
TRACE_EVENT(track,
	TP_PROTO(const struct sock *sk, bool adopted),

	TP_ARGS(sk, adopted),

	TP_STRUCT__entry(
		FW2_SOCK_FIELDS
		__field(bool, adopted)
	),

	TP_fast_assign(
		FW2_SOCK_ASSIGN;
		__entry->adopted = adopted;
	),

	TP_printk(FW2_SOCK_FORMAT " adopted=%d", FW2_SOCK_ARGS,
		  __entry->adopted)
);

/* A socket is flushed, or would be; age and idle time are jiffies. */
TRACE_EVENT(flush,
	TP_PROTO(const struct sock *sk, enum finwait2_reason reason, u64 age,
		 u64 idle, bool observe),

	TP_ARGS(sk, reason, age, idle, observe),

	TP_STRUCT__entry(
		FW2_SOCK_FIELDS
		__field(int, reason)
		__field(__u64, age)
		__field(__u64, idle)
		__field(bool, observe)
	),

	TP_fast_assign(
		FW2_SOCK_ASSIGN;
		__entry->reason = reason;
		__entry->age = jiffies64_to_msecs(age);
		__entry->idle = jiffies64_to_msecs(idle);
		__entry->observe = observe;
	),

	TP_printk(FW2_SOCK_FORMAT " reason=%s age=%llums idle=%llums observe=%d",
		  FW2_SOCK_ARGS, fw2_show_reason(__entry->reason),
		  __entry->age, __entry->idle, __entry->observe)
);

/* A socket has left FIN_WAIT_2. */
TRACE_EVENT(untrack,
	TP_PROTO(const struct sock *sk, const struct fw2_leaving *l),

	TP_ARGS(sk, l),

	TP_STRUCT__entry(
		FW2_SOCK_FIELDS
		__field(int, reason)
		__field(__u64, age)
		__field(__u64, idle)
	),

	TP_fast_assign(
		FW2_SOCK_ASSIGN;
		__entry->reason = l->reason;
		__entry->age = l->age;
		__entry->idle = l->idle;
	),

	TP_printk(FW2_SOCK_FORMAT " reason=%s age=%llums idle=%llums",
		  FW2_SOCK_ARGS, fw2_show_reason(__entry->reason),
		  __entry->age, __entry->idle)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
