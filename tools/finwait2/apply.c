// SPDX-License-Identifier: GPL-2.0
/*
 * Put a configuration file in force
 *
 * The kernel takes all rules in one step, but each limit in one of its own, and
 * a socket may become due between two steps. It must not be flushed if neither
 * what was in force before nor what is to be in force would do so: think of a
 * file that makes a limit shorter and has a rule that exempts some sockets from
 * it, or the reverse. So each limit first becomes the longer of its two values,
 * then come the rules, and then the values that are wanted.
 *
 * What fails on the way is undone. After the rules, nothing but the module's
 * unloading should be able to fail: the values have been checked, and writing
 * limits was tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/finwait2.h>
#include <linux/netlink.h>

#include "apply.h"
#include "conf.h"
#include "err.h"
#include "genl.h"
#include "msg.h"

/* Number of lines to complain about. */
#define APPLY_ERRORS	20

/* A file that is larger is none that anybody wrote. */
#define APPLY_SIZE	(16 << 20)

/**
 * struct apply - a file that is put in force
 * @name: its name, for messages
 * @conf: what it says
 * @told: number of lines complained about
 * @old: the limits that were in force
 * @written: limits that were written, a bit for each
 */
struct apply {
	const char *name;
	struct conf conf;
	unsigned int told;
	u64 old[LIMIT_COUNT];
	u32 written;
};

/* Read a file to its end. */
static int apply_read(struct apply *apply, int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t ret;

	*text = NULL;
	for (*len = 0;; *len += ret) {
		if (*len == size) {
			size = size ? 2 * size : 4096;
			if (size > APPLY_SIZE)
				return err_failed("%s: larger than %d MiB",
						  apply->name,
						  APPLY_SIZE >> 20);
			*text = realloc(*text, size);
			if (!*text)
				err_no_memory();
		}
		do {
			ret = read(fd, *text + *len, size - *len);
		} while (ret < 0 && errno == EINTR);
		if (ret < 0)
			return err_failed("cannot read %s: %s", apply->name,
					  strerror(errno));
		if (!ret)
			return 0;
	}
}

static void apply_complain(unsigned int line, const char *why, void *data)
{
	struct apply *apply = data;

	if (apply->told++ < APPLY_ERRORS)
		err_failed("%s:%u: %s", apply->name, line, why);
}

static int apply_parse(struct apply *apply, const char *file)
{
	const bool is_stdin = !strcmp(file, "-");
	int fd = STDIN_FILENO, ret;
	char *text = NULL;
	size_t len;

	apply->name = is_stdin ? "stdin" : file;
	if (!is_stdin)
		fd = open(file, O_RDONLY | O_CLOEXEC);
	/* Not err_errno(): root would help little against a missing file. */
	if (fd < 0)
		return err_failed("cannot open %s: %s", file, strerror(errno));
	ret = apply_read(apply, fd, &text, &len);
	if (!is_stdin)
		close(fd);
	if (!ret && conf_parse(&apply->conf, text, len, apply_complain,
			       apply)) {
		ret = STATUS_FAILED;
		if (apply->told > APPLY_ERRORS)
			err_failed("%s: and %u more lines are wrong",
				   apply->name, apply->told - APPLY_ERRORS);
	}
	free(text);
	return ret;
}

static bool apply_has(const struct apply *apply, enum limit_id id)
{
	return apply->conf.limits[id].line;
}

static u64 apply_wanted(const struct apply *apply, enum limit_id id)
{
	return apply_has(apply, id) ? apply->conf.limits[id].value :
				      apply->old[id];
}

/* The longer of two times, of which 0 is the longest. */
static u64 apply_longer(u64 a, u64 b)
{
	return a && b ? (a > b ? a : b) : 0;
}

/* The value that is no stricter than either of a limit's values. */
static u64 apply_between(const struct apply *apply, enum limit_id id)
{
	const u64 old = apply->old[id];
	const u64 wanted = apply_wanted(apply, id);
	u64 held_old, held_wanted;

	switch (id) {
	case LIMIT_FLUSH_INTERVAL:
	case LIMIT_MAX_AGE:
	case LIMIT_KEEPSTOP:
		return apply_longer(old, wanted);
	case LIMIT_SHUT_INTERVAL:
		/* 0 is whatever applies to held sockets. */
		held_old = apply->old[LIMIT_FLUSH_INTERVAL];
		held_wanted = apply_wanted(apply, LIMIT_FLUSH_INTERVAL);
		return apply_longer(old ? old : held_old,
				    wanted ? wanted : held_wanted);
	case LIMIT_OBSERVE:
		return old || wanted;
	default:
		/* Nothing is flushed because of these. */
		return old;
	}
}

static int apply_limit(struct apply *apply, enum limit_id id, u64 value)
{
	const int ret = limit_write(id, value);

	if (!ret)
		apply->written |= 1U << id;
	return ret;
}

static int apply_loosen(struct apply *apply)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < LIMIT_COUNT && !ret; i++) {
		if (apply_has(apply, i))
			ret = apply_limit(apply, i, apply_between(apply, i));
	}
	return ret;
}

/*
 * Backwards: as long as shut_interval is 0, shut sockets are under
 * flush_interval, which must not be the stricter one before they are not.
 */
static int apply_limits(struct apply *apply)
{
	int ret = 0;
	int i;

	for (i = LIMIT_COUNT - 1; i >= 0 && !ret; i--) {
		if (apply_has(apply, i))
			ret = apply_limit(apply, i, apply_wanted(apply, i));
	}
	return ret;
}

static void apply_undo(const struct apply *apply)
{
	int i;

	for (i = LIMIT_COUNT - 1; i >= 0; i--) {
		if (apply->written & 1U << i)
			limit_write(i, apply->old[i]);
	}
}

/* Say what the kernel has against the rules, and of which line that is. */
static int apply_refused(const struct apply *apply,
			 const struct genl_error *error)
{
	const struct conf *conf = &apply->conf;
	const struct conf_rule *rule = NULL;
	char *where;
	size_t i;
	int ret;

	for (i = 0; i < conf->count && error->located && !rule; i++) {
		if (error->offset >= conf->rules[i]->start &&
		    error->offset < conf->rules[i]->end)
			rule = conf->rules[i];
	}
	if (rule)
		ret = asprintf(&where, "%s:%u: ", apply->name, rule->line);
	else
		ret = asprintf(&where, "%s: ", apply->name);
	if (ret < 0)
		err_no_memory();
	ret = genl_report(error, where);
	free(where);
	return ret;
}

static int apply_rules(struct apply *apply, struct genl *genl)
{
	struct conf *conf = &apply->conf;
	struct genl_error error;
	struct msg msg;
	size_t i;
	int ret;

	msg_init(&msg, FINWAIT2_CMD_RULE_SET, FINWAIT2_FAMILY_VERSION);
	for (i = 0; i < conf->count; i++) {
		conf->rules[i]->start = msg_header(&msg)->nlmsg_len;
		rule_put(&msg, &conf->rules[i]->rule);
		conf->rules[i]->end = msg_header(&msg)->nlmsg_len;
	}
	ret = genl_do(genl, &msg, NULL, NULL, &error);
	msg_free(&msg);
	return ret ? apply_refused(apply, &error) : 0;
}

static int apply_conf(struct apply *apply)
{
	struct genl *genl;
	unsigned int i;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = limit_read_all(apply->old);
	for (i = 0; i < LIMIT_COUNT && !ret; i++) {
		if (apply_has(apply, i) && apply->old[i] == LIMIT_ABSENT)
			ret = err_failed("%s:%u: the finwait2 module is "
					 "older than this program, and has no %s",
					 apply->name,
					 apply->conf.limits[i].line,
					 limit_name(i));
	}
	if (!ret)
		ret = apply_loosen(apply);
	if (!ret)
		ret = apply_rules(apply, genl);
	genl_close(genl);
	if (ret) {
		apply_undo(apply);
		return ret;
	}

	ret = apply_limits(apply);
	if (ret) {
		apply_undo(apply);
		err_failed("%s: the rules are in force, the limits are as before",
			   apply->name);
	}
	return ret;
}

/**
 * apply_cmd() - the command "apply [--check] FILE"
 * @out: unused, there is nothing to print
 * @argc: number of words after "apply"
 * @argv: the words
 *
 * Return: the exit status.
 */
int apply_cmd(struct out *out __maybe_unused, int argc, char **argv)
{
	struct apply apply = { 0 };
	const char *file = NULL;
	bool check = false;
	int i, ret;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--check") && !check)
			check = true;
		else if (argv[i][0] == '-' && argv[i][1])
			return err_usage("unknown word \"%s\": expected apply FILE|- [--check]",
					 argv[i]);
		else if (file)
			return err_usage("unknown word \"%s\": expected one file",
					 argv[i]);
		else
			file = argv[i];
	}
	if (!file || !*file)
		return err_usage("too few words: expected apply FILE|- [--check]");

	ret = apply_parse(&apply, file);
	if (!ret && !check)
		ret = apply_conf(&apply);
	conf_free(&apply.conf);
	return ret;
}
