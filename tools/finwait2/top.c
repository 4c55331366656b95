// SPDX-License-Identifier: GPL-2.0
/*
 * Who leaves connections in FIN_WAIT_2, as it changes
 *
 * Events are taken in as they come. At each interval it is asked who waits, and
 * the table is made anew: on the terminal, or as a line of JSON, or as text, once.
 * It is asked before the first interval, too, for the events to begin, and for
 * the processes of sockets that leave soon to be known.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "err.h"
#include "out.h"
#include "top.h"
#include "top_data.h"
#include "top_print.h"
#include "top_screen.h"
#include "top_view.h"
#include "top_word.h"

/* Intervals to choose from by a key. */
static const u64 top_intervals[] = {
	100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000,
};

/**
 * struct top - the command as it runs
 * @out: where to print
 * @words: what is wanted
 * @data: what is known
 * @view: the table
 * @screen: what is shown next to it
 * @signals: signals to wait for
 * @due: when the next table is, ms
 * @quit: enough
 */
struct top {
	struct out *out;
	struct top_words words;
	struct top_data data;
	struct top_view view;
	struct top_screen screen;
	int signals;
	u64 due;
	bool quit;
};

/* Whether the table is on a terminal that it shares with keys. */
static bool top_is_live(const struct top *top)
{
	return !top->words.once && !top->out->json;
}

static void top_draw(struct top *top)
{
	top_screen_draw(&top->screen, &top->view, &top->data);
}

static void top_view(struct top *top)
{
	top_view_build(&top->view, &top->words.order, &top->data);
}

/* Ask who waits. */
static int top_ask(struct top *top)
{
	const int ret = top_data_renew(&top->data);

	/* It may take longer than an interval: that begins when it is over. */
	top->due = top_data_clock() + top->words.interval;
	return ret;
}

static int top_show(struct top *top)
{
	if (!top->screen.paused)
		top_view(top);
	if (!top_is_live(top))
		return top_print(top->out, &top->view, &top->data);
	top_draw(top);
	return 0;
}

static void top_read_signal(struct top *top)
{
	struct signalfd_siginfo info;

	if (read(top->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGWINCH)
		top->quit = true;
	else if (top_is_live(top))
		top_draw(top);
}

static void top_change_interval(struct top *top, bool longer)
{
	const size_t count = ARRAY_SIZE(top_intervals);
	u64 interval = top->words.interval;
	size_t i;

	for (i = 0; i < count; i++) {
		if (longer && top_intervals[i] > top->words.interval) {
			interval = top_intervals[i];
			break;
		}
		if (!longer && top_intervals[i] < top->words.interval)
			interval = top_intervals[i];
	}
	top->due = top->due - top->words.interval + interval;
	top->words.interval = interval;
	top->screen.interval = interval;
}

/* After the shortest prefix comes the address again. */
static u8 top_next_prefix(u8 len, u8 bits)
{
	bits = top_key_shorter(len, bits);
	return bits ? bits : 8 * len;
}

static void top_act(struct top *top, enum top_action action)
{
	struct top_order *order = &top->words.order;

	switch (action) {
	case TOP_BY_PEER:
	case TOP_BY_PORT:
	case TOP_BY_PROCESS:
	case TOP_BY_CGROUP:
	case TOP_BY_RULE:
		order->by = action - TOP_BY_PEER;
		break;
	case TOP_BY_NEXT:
		order->by = (order->by + 1) % TOP_KINDS;
		break;
	case TOP_PREFIX4:
		order->bits4 = top_next_prefix(4, order->bits4);
		break;
	case TOP_PREFIX6:
		order->bits6 = top_next_prefix(16, order->bits6);
		break;
	case TOP_SORT_LEFT:
		order->sort = (order->sort + TOP_COLUMNS - 1) % TOP_COLUMNS;
		break;
	case TOP_SORT_RIGHT:
		order->sort = (order->sort + 1) % TOP_COLUMNS;
		break;
	case TOP_REVERSE:
		order->reverse = !order->reverse;
		break;
	case TOP_PAUSE:
		top->screen.paused = !top->screen.paused;
		break;
	case TOP_SLOWER:
	case TOP_FASTER:
		top_change_interval(top, action == TOP_SLOWER);
		return;
	case TOP_QUIT:
		top->quit = true;
		return;
	default:
		return;
	}
	top_view(top);
}

static void top_read_keys(struct top *top)
{
	enum top_action action;

	while ((action = top_screen_key(&top->screen)) != TOP_NOTHING)
		top_act(top, action);
	top_draw(top);
}

/* Wait until something happens, or the next table is due. */
static int top_wait(struct top *top)
{
	const bool live = top_is_live(top);
	/* Of stdout, that nobody reads it any more, before there is a line. */
	struct pollfd fds[] = {
		{ .fd = top_data_fd(&top->data), .events = POLLIN },
		{ .fd = top->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = live && isatty(STDIN_FILENO) ? STDIN_FILENO : -1,
		  .events = POLLIN },
	};
	const u64 now = top_data_clock();
	int ret;

	ret = poll(fds, ARRAY_SIZE(fds), top->due > now ? top->due - now : 0);
	if (ret < 0)
		return errno == EINTR ? 0 :
		       err_errno(errno, "cannot wait for events");
	if (fds[1].revents)
		top_read_signal(top);
	/* The terminal is gone: there is nobody to tell. */
	if (live && (fds[2].revents || fds[3].revents & ~POLLIN))
		top->quit = true;
	else if (fds[2].revents & POLLERR)
		return err_failed("nobody reads the output any more");
	if (fds[3].revents & POLLIN && !top->quit)
		top_read_keys(top);
	return fds[0].revents ? top_data_hear(&top->data) : 0;
}

static int top_run(struct top *top)
{
	int ret;

	ret = top_ask(top);
	if (!ret && top_is_live(top))
		ret = top_show(top);
	while (!ret && !top->quit) {
		ret = top_wait(top);
		if (ret || top->quit || top_data_clock() < top->due)
			continue;
		ret = top_ask(top);
		if (!ret)
			ret = top_show(top);
		top->quit |= top->words.once;
	}
	return ret;
}

/* Have the signals that end this read, so that they come between two things. */
static int top_signals(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGWINCH };
	sigset_t signals;
	unsigned int i;

	sigemptyset(&signals);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&signals, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* With the terminal, if that is where the table goes. */
static int top_start(struct top *top)
{
	int ret = 0;

	if (top_is_live(top)) {
		top->screen.interval = top->words.interval;
		top->screen.colour = top->out->colour;
		ret = top_screen_open(&top->screen);
	}
	if (!ret)
		ret = top_run(top);
	top_screen_close();
	return ret;
}

/**
 * top_cmd() - the command "top"
 * @out: where to print
 * @argc: number of words after "top"
 * @argv: the words
 *
 * Return: the exit status.
 */
int top_cmd(struct out *out, int argc, char **argv)
{
	struct top top = { .out = out };
	int ret;

	/* What can be printed; numbers stay as they are. */
	setlocale(LC_CTYPE, "");
	ret = top_words_parse(&top.words, argc, argv);
	if (ret)
		return ret;
	top.signals = top_signals();
	if (top.signals < 0)
		return err_errno(errno, "cannot wait for signals");
	ret = top_data_open(&top.data);
	if (!ret) {
		ret = top_start(&top);
		top_view_free(&top.view);
		top_data_close(&top.data);
	}
	close(top.signals);
	return ret;
}
