/* SPDX-License-Identifier: GPL-2.0 */
/* What the sysctls, and rules, may say */
#ifndef _FW2_LIMITS_H
#define _FW2_LIMITS_H

#include <linux/bits.h>
#include <linux/stddef.h>

/* Not said: what the kernel would have orphans be at most, see fw2_net_defaults(). */
#define FW2_ADAPTIVE_UNSAID	UINT_MAX

/* Twenty-four days: what fits a signed 32-bit number of jiffies at HZ=1000. */
#define FW2_TIME_MAX	(24U * 24 * 60 * 60 * 1000)

/**
 * struct fw2_limits - what the sysctls say
 * @flush_interval: idle time of a held socket, ms; 0: for ever
 * @shut_interval: idle time of a shut socket, ms; 0: as a held one
 * @max_age: time in FIN_WAIT_2 whatever happens, ms; 0: no limit
 * @orphan_interval: time an orphan stays, ms; 0: leave it to tcp_fin_timeout
 * @keepstart: silence of the peer after which it is probed, ms; 0: never
 * @keepstop: silence of the peer after which it is given up, ms; 0: never
 * @adaptive_start: sockets that wait; above that many, limits shrink
 * @adaptive_end: so many may wait; limits are 0 by then; either 0: no such end
 * @reset: tell the peer of a flush with a RST
 * @observe: count what would be flushed, flush nothing
 *
 * Written by the sysctl handlers, read without a lock, each field by itself.
 */
struct fw2_limits {
	unsigned int	flush_interval;
	unsigned int	shut_interval;
	unsigned int	max_age;
	unsigned int	orphan_interval;
	unsigned int	keepstart;
	unsigned int	keepstop;
	unsigned int	adaptive_start;
	unsigned int	adaptive_end;
	unsigned int	reset;
	unsigned int	observe;
};

/* The bit by which a rule notes that it says something of a limit, by its place. */
static inline unsigned int fw2_says(size_t offset)
{
	return BIT(offset / sizeof(unsigned int));
}

#define FW2_SAYS(limit)	fw2_says(offsetof(struct fw2_limits, limit))

#endif
