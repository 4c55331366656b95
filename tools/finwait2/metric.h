/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_METRIC_H
#define FINWAIT2_METRIC_H

#include "util.h"

struct hist;

/* What both formats have, and how each calls it. */
enum metric_type {
	METRIC_INFO,
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
	METRIC_GAUGE_HISTOGRAM,
};

/**
 * struct metric_family - metrics of one name
 * @name: the name, without what a type appends to it
 * @type: of what type they are
 * @seconds: they are times, which the name ends with
 * @help: what they mean; neither quotes nor backslashes
 */
struct metric_family {
	const char *name;
	enum metric_type type;
	bool seconds;
	const char *help;
};

/**
 * struct metric_label - a label
 * @name: its name, NULL at the end of an array
 * @value: its value, any bytes
 */
struct metric_label {
	const char *name;
	const char *value;
};

/**
 * struct metric_bounds - which bounds of buckets a histogram is printed with
 * @first: logarithm of the least, in ms
 * @last: logarithm of the largest but infinity
 * @step: what is added to a logarithm to get the next
 */
struct metric_bounds {
	unsigned int first;
	unsigned int last;
	unsigned int step;
};

/**
 * struct metric - metrics that are being printed
 * @classic: in Prometheus' own text format, not in OpenMetrics
 * @netns: network namespace that all of them are of, NULL if that goes without
 *	saying
 * @family: of which family the next is
 */
struct metric {
	bool classic;
	const char *netns;
	const struct metric_family *family;
};

void metric_open(struct metric *metric, const struct metric_family *family);
void metric_number(const struct metric *metric,
		   const struct metric_label *labels, u64 value);
void metric_span(const struct metric *metric,
		 const struct metric_label *labels, u64 ms);
void metric_hist(const struct metric *metric,
		 const struct metric_label *labels, const struct hist *hist,
		 const struct metric_bounds *bounds);
void metric_close(const struct metric *metric);

#endif
