// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics as text: OpenMetrics, and the older text format of Prometheus
 *
 * Both have the same samples, to the byte: who graphs them need not know which of
 * the two they came by. They differ in the comments. The older one names counters
 * with their suffix, has no units and no end, and knows neither "info", which is
 * a gauge there, nor histograms of what is there now: these have no type in it,
 * and each of their three kinds of samples is a family of its own.
 *
 * Bounds of buckets are powers of two of a millisecond below a million seconds.
 * All programs write such a number in the same way, so that the label does not
 * change on its way through one.
 */
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "hist.h"
#include "metric.h"
#include "out.h"

/* What is appended to the name of a family, for the samples of one value. */
static const char *metric_suffix(const struct metric_family *family)
{
	switch (family->type) {
	case METRIC_INFO:
		return "_info";
	case METRIC_COUNTER:
		return "_total";
	default:
		return "";
	}
}

static void metric_help(const char *name, const char *suffix,
			const struct metric_family *family)
{
	printf("# HELP %s%s %s\n", name, suffix, family->help);
}

static void metric_open_classic(const struct metric_family *family)
{
	static const char * const types[] = {
		[METRIC_INFO] = "gauge",
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};
	const char *suffix = metric_suffix(family);

	/* These come in parts. */
	if (family->type == METRIC_GAUGE_HISTOGRAM)
		return;
	metric_help(family->name, suffix, family);
	printf("# TYPE %s%s %s\n", family->name, suffix, types[family->type]);
}

/**
 * metric_open() - begin a family
 * @metric: the metrics
 * @family: the family, which must stay until the next
 */
void metric_open(struct metric *metric, const struct metric_family *family)
{
	static const char * const types[] = {
		[METRIC_INFO] = "info",
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_GAUGE_HISTOGRAM] = "gaugehistogram",
	};

	metric->family = family;
	if (metric->classic) {
		metric_open_classic(family);
		return;
	}
	printf("# TYPE %s %s\n", family->name, types[family->type]);
	if (family->seconds)
		printf("# UNIT %s seconds\n", family->name);
	metric_help(family->name, "", family);
}

/* The value of a label must be UTF-8, which names of cgroups need not be. */
static void metric_escape(const char *value)
{
	json_t *string = out_string(value);
	const char *c;

	if (!string)
		err_no_memory();
	for (c = json_string_value(string); *c; c++) {
		if (*c == '\n')
			fputs("\\n", stdout);
		else if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else
			putchar(*c);
	}
	json_decref(string);
}

static void metric_label(const char *name, const char *value, bool *first)
{
	printf("%c%s=\"", *first ? '{' : ',', name);
	metric_escape(value);
	putchar('"');
	*first = false;
}

/* Name and labels of a sample; @le is the bound of a bucket, or NULL. */
static void metric_sample(const struct metric *metric, const char *suffix,
			  const struct metric_label *labels, const char *le)
{
	bool first = true;

	printf("%s%s", metric->family->name, suffix);
	if (metric->netns)
		metric_label("netns", metric->netns, &first);
	for (; labels && labels->name; labels++)
		metric_label(labels->name, labels->value, &first);
	if (le)
		metric_label("le", le, &first);
	if (!first)
		putchar('}');
	putchar(' ');
}

/* Exactly, and without zeroes at the end, as others would write it. */
static void metric_seconds(char *text, size_t size, u64 ms)
{
	size_t len = snprintf(text, size, "%llu.%03llu", ms / 1000, ms % 1000);

	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[--len] = '\0';
}

/**
 * metric_number() - print a sample that is a number
 * @metric: the metrics
 * @labels: its labels, NULL for none
 * @value: the number
 */
void metric_number(const struct metric *metric,
		   const struct metric_label *labels, u64 value)
{
	metric_sample(metric, metric_suffix(metric->family), labels, NULL);
	printf("%llu\n", value);
}

/**
 * metric_span() - print a sample that is a time
 * @metric: the metrics
 * @labels: its labels, NULL for none
 * @ms: the time in milliseconds; seconds are printed
 */
void metric_span(const struct metric *metric,
		 const struct metric_label *labels, u64 ms)
{
	char text[32];

	metric_seconds(text, sizeof(text), ms);
	metric_sample(metric, metric_suffix(metric->family), labels, NULL);
	puts(text);
}

static void metric_part(const struct metric *metric, const char *suffix)
{
	if (metric->classic && metric->family->type == METRIC_GAUGE_HISTOGRAM)
		metric_help(metric->family->name, suffix, metric->family);
}

/**
 * metric_hist() - print the samples of a histogram
 * @metric: the metrics; of a family of gauge histograms, this must be the only
 *	one
 * @labels: its labels, NULL for none
 * @hist: the histogram
 * @bounds: where its buckets end
 *
 * How many there are is said twice, in the last bucket and as the count, and must
 * be the same: what is in the buckets counts.
 */
void metric_hist(const struct metric *metric,
		 const struct metric_label *labels, const struct hist *hist,
		 const struct metric_bounds *bounds)
{
	const bool now = metric->family->type == METRIC_GAUGE_HISTOGRAM;
	unsigned int bucket, next = bounds->first;
	char text[32];
	u64 count = 0;

	metric_part(metric, "_bucket");
	for (bucket = 0; bucket < FINWAIT2_BUCKETS; bucket++) {
		count += hist->buckets[bucket];
		if (bucket != next || bucket > bounds->last)
			continue;
		next += bounds->step;
		metric_seconds(text, sizeof(text), hist_limit(bucket));
		metric_sample(metric, "_bucket", labels, text);
		printf("%llu\n", count);
	}
	metric_sample(metric, "_bucket", labels, "+Inf");
	printf("%llu\n", count);

	metric_part(metric, now ? "_gcount" : "_count");
	metric_sample(metric, now ? "_gcount" : "_count", labels, NULL);
	printf("%llu\n", count);
	metric_seconds(text, sizeof(text), hist->sum);
	metric_part(metric, now ? "_gsum" : "_sum");
	metric_sample(metric, now ? "_gsum" : "_sum", labels, NULL);
	puts(text);
}

/**
 * metric_close() - say that these were all
 * @metric: the metrics
 */
void metric_close(const struct metric *metric)
{
	if (!metric->classic)
		puts("# EOF");
}
