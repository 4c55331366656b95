// SPDX-License-Identifier: GPL-2.0
/*
 * What the module's numbers are called, as in its specification
 *
 * A newer module may know more of them than this program.
 */
#include <string.h>

#include <linux/finwait2.h>

#include "name.h"

#define NAME(names, number) \
	((number) < ARRAY_SIZE(names) ? (names)[number] : "unknown")

static const char * const name_classes[] = {
	[FINWAIT2_CLASS_HELD] = "held",
	[FINWAIT2_CLASS_SHUT] = "shut",
	[FINWAIT2_CLASS_ORPHAN] = "orphan",
};

static const char * const name_reasons[] = {
	[FINWAIT2_REASON_PEER_FIN] = "peer-fin",
	[FINWAIT2_REASON_CLOSE] = "close",
	[FINWAIT2_REASON_RESET] = "reset",
	[FINWAIT2_REASON_ABORT] = "abort",
	[FINWAIT2_REASON_HELD] = "held",
	[FINWAIT2_REASON_SHUT] = "shut",
	[FINWAIT2_REASON_AGE] = "age",
	[FINWAIT2_REASON_VANISHED] = "vanished",
	[FINWAIT2_REASON_REQUEST] = "request",
	[FINWAIT2_REASON_PRESSURE] = "pressure",
};

static const char * const name_ways[] = {
	[FINWAIT2_WAY_PEER_FIN] = "peer-fin",
	[FINWAIT2_WAY_CLOSE] = "close",
	[FINWAIT2_WAY_RESET] = "reset",
	[FINWAIT2_WAY_ABORT] = "abort",
	[FINWAIT2_WAY_FLUSHED] = "flushed",
	[FINWAIT2_WAY_WOULD_FLUSH] = "would-flush",
};

static const char * const name_activities[] = {
	[FINWAIT2_ACTIVITY_ENTRY] = "entry",
	[FINWAIT2_ACTIVITY_RECEIVED] = "received",
	[FINWAIT2_ACTIVITY_READ] = "read",
};

static const char * const name_events[] = {
	[FINWAIT2_EVENT_TRACK] = "track",
	[FINWAIT2_EVENT_FLUSH] = "flush",
	[FINWAIT2_EVENT_WOULD_FLUSH] = "would-flush",
	[FINWAIT2_EVENT_MISSED] = "missed",
	[FINWAIT2_EVENT_EXIT] = "exit",
	[FINWAIT2_EVENT_PRESSURE_BEGIN] = "pressure-begin",
	[FINWAIT2_EVENT_PRESSURE_END] = "pressure-end",
};

/**
 * name_class() - name an enum finwait2_class
 * @number: the class
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_class(u64 number)
{
	return NAME(name_classes, number);
}

/**
 * name_find_class() - find an enum finwait2_class
 * @name: its name, and whatever follows that
 * @len: length of the name
 *
 * Return: the class, -1 if there is none of that name.
 */
int name_find_class(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(name_classes); i++) {
		if (strlen(name_classes[i]) == len &&
		    !memcmp(name_classes[i], name, len))
			return i;
	}
	return -1;
}

/**
 * name_reason() - name an enum finwait2_reason
 * @number: the reason
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_reason(u64 number)
{
	return NAME(name_reasons, number);
}

/**
 * name_way() - name an enum finwait2_way
 * @number: the way out
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_way(u64 number)
{
	return NAME(name_ways, number);
}

/**
 * name_activity() - name an enum finwait2_activity
 * @number: the activity
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_activity(u64 number)
{
	return NAME(name_activities, number);
}

/**
 * name_event() - name an enum finwait2_event
 * @number: the event
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_event(u64 number)
{
	return NAME(name_events, number);
}
