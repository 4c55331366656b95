// SPDX-License-Identifier: GPL-2.0
/*
 * What the module's numbers are called, as in its specification
 *
 * A newer module may know more of them than this program.
 */
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
};

static const char * const name_events[] = {
	[FINWAIT2_EVENT_TRACK] = "track",
	[FINWAIT2_EVENT_FLUSH] = "flush",
	[FINWAIT2_EVENT_WOULD_FLUSH] = "would-flush",
	[FINWAIT2_EVENT_MISSED] = "missed",
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
 * name_event() - name an enum finwait2_event
 * @number: the event
 *
 * Return: the name, "unknown" if there is none.
 */
const char *name_event(u64 number)
{
	return NAME(name_events, number);
}
