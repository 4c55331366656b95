/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/finwait2.yaml */
/* YNL-GEN uapi header */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#ifndef _UAPI_LINUX_FINWAIT2_H
#define _UAPI_LINUX_FINWAIT2_H

#define FINWAIT2_FAMILY_NAME	"finwait2"
#define FINWAIT2_FAMILY_VERSION	1

/**
 * enum finwait2_class - Who could still use a socket in FIN_WAIT_2.
 * @FINWAIT2_CLASS_HELD: The write side is shut, a descriptor is open and may
 *   read.
 * @FINWAIT2_CLASS_SHUT: Both sides are shut, a descriptor is open.
 * @FINWAIT2_CLASS_ORPHAN: No descriptor is open; the kernel alone times the
 *   socket.
 */
enum finwait2_class {
	FINWAIT2_CLASS_HELD,
	FINWAIT2_CLASS_SHUT,
	FINWAIT2_CLASS_ORPHAN,
};

/**
 * enum finwait2_reason - Why a socket left FIN_WAIT_2, or which limit will end
 *   its wait.
 * @FINWAIT2_REASON_PEER_FIN: The peer closed its side.
 * @FINWAIT2_REASON_CLOSE: The application closed or disconnected the socket.
 * @FINWAIT2_REASON_RESET: A reset ended the connection.
 * @FINWAIT2_REASON_ABORT: The kernel or an administrator aborted the socket:
 *   keepalive without an answer, ss -K.
 * @FINWAIT2_REASON_HELD: Flushed, idle for the flush interval of held sockets.
 * @FINWAIT2_REASON_SHUT: Flushed, idle for the shorter interval of shut
 *   sockets.
 * @FINWAIT2_REASON_AGE: Flushed, in FIN_WAIT_2 for longer than the maximum
 *   age.
 */
enum finwait2_reason {
	FINWAIT2_REASON_PEER_FIN,
	FINWAIT2_REASON_CLOSE,
	FINWAIT2_REASON_RESET,
	FINWAIT2_REASON_ABORT,
	FINWAIT2_REASON_HELD,
	FINWAIT2_REASON_SHUT,
	FINWAIT2_REASON_AGE,
};

enum {
	FINWAIT2_A_STATS_TRACKED = 1,
	FINWAIT2_A_STATS_ENTERED,
	FINWAIT2_A_STATS_ADOPTED,
	FINWAIT2_A_STATS_MISSED,
	FINWAIT2_A_STATS_LEFT_FIN,
	FINWAIT2_A_STATS_LEFT_CLOSE,
	FINWAIT2_A_STATS_LEFT_RESET,
	FINWAIT2_A_STATS_LEFT_ABORT,
	FINWAIT2_A_STATS_FLUSHED_HELD,
	FINWAIT2_A_STATS_FLUSHED_SHUT,
	FINWAIT2_A_STATS_FLUSHED_AGE,
	FINWAIT2_A_STATS_WOULD_FLUSH,

	__FINWAIT2_A_STATS_MAX,
	FINWAIT2_A_STATS_MAX = (__FINWAIT2_A_STATS_MAX - 1)
};

enum {
	FINWAIT2_A_SOCK_FAMILY = 1,
	FINWAIT2_A_SOCK_LOCAL_ADDR,
	FINWAIT2_A_SOCK_LOCAL_PORT,
	FINWAIT2_A_SOCK_REMOTE_ADDR,
	FINWAIT2_A_SOCK_REMOTE_PORT,
	FINWAIT2_A_SOCK_IFINDEX,
	FINWAIT2_A_SOCK_CLASS,
	FINWAIT2_A_SOCK_AGE,
	FINWAIT2_A_SOCK_IDLE,
	FINWAIT2_A_SOCK_DUE_IN,
	FINWAIT2_A_SOCK_DUE_REASON,
	FINWAIT2_A_SOCK_OBSERVED,
	FINWAIT2_A_SOCK_UID,
	FINWAIT2_A_SOCK_INODE,
	FINWAIT2_A_SOCK_COOKIE,

	__FINWAIT2_A_SOCK_MAX,
	FINWAIT2_A_SOCK_MAX = (__FINWAIT2_A_SOCK_MAX - 1)
};

enum {
	FINWAIT2_CMD_STATS_GET = 1,
	FINWAIT2_CMD_SOCK_GET,

	__FINWAIT2_CMD_MAX,
	FINWAIT2_CMD_MAX = (__FINWAIT2_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_FINWAIT2_H */
