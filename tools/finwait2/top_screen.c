// SPDX-License-Identifier: GPL-2.0
/*
 * The table on a terminal
 *
 * The size is asked for each time something is drawn, so a change of it needs no
 * more than that. Columns are shown as long as there is room for the name of the
 * group, the more important first, and that which is sorted by in any case.
 *
 * Whatever ends the program on purpose gives the terminal back first: errors are
 * printed below what was there before, see err_before().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <curses.h>

#include "clean.h"
#include "duration.h"
#include "err.h"
#include "top_data.h"
#include "top_print.h"
#include "top_screen.h"
#include "top_view.h"

/* Lines above the rows, and below. */
#define SCREEN_HEAD	4
#define SCREEN_FOOT	1

/* Columns that the name of a group has at least, if the terminal has them. */
#define SCREEN_NAME	32
/* And at most: a path may be longer than any line. */
#define SCREEN_WIDEST	512

#define SCREEN_COLOUR	1

/* Scrolling, and what else is done here. */
enum screen_move {
	SCREEN_HELP = TOP_QUIT + 1,
	SCREEN_AGAIN,
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_FIRST,
	SCREEN_LAST,
};

/* Keys; the text of the first of several for one thing is shown. */
static const struct screen_key {
	int key;
	int action;
	const char *name;
	const char *text;
} screen_keys[] = {
	{ 'p', TOP_BY_PEER, "p", "group by peer" },
	{ 'o', TOP_BY_PORT, "o", "group by local port" },
	{ 'x', TOP_BY_PROCESS, "x", "group by process" },
	{ 'c', TOP_BY_CGROUP, "c", "group by cgroup" },
	{ 'r', TOP_BY_RULE, "r", "group by rule" },
	{ '\t', TOP_BY_NEXT, "Tab", "the next of these" },
	{ '4', TOP_PREFIX4, "4", "next prefix of IPv4 peers: /32 /24 /16 /8" },
	{ '6', TOP_PREFIX6, "6",
	  "next prefix of IPv6 peers: /128 /64 /56 /48 /32" },
	{ '<', TOP_SORT_LEFT, "< Left", "sort by the column before" },
	{ KEY_LEFT, TOP_SORT_LEFT, NULL, NULL },
	{ '>', TOP_SORT_RIGHT, "> Right", "sort by the column after" },
	{ KEY_RIGHT, TOP_SORT_RIGHT, NULL, NULL },
	{ 'R', TOP_REVERSE, "R", "reverse the order" },
	{ ' ', TOP_PAUSE, "Space", "pause, go on; counting does not pause" },
	{ '+', TOP_SLOWER, "+", "longer interval" },
	{ '-', TOP_FASTER, "-", "shorter interval" },
	{ KEY_UP, SCREEN_UP, "Up Down", "move by a row" },
	{ KEY_DOWN, SCREEN_DOWN, NULL, NULL },
	{ KEY_PPAGE, SCREEN_PAGE_UP, "PgUp PgDn", "move by a screen" },
	{ KEY_NPAGE, SCREEN_PAGE_DOWN, NULL, NULL },
	{ KEY_HOME, SCREEN_FIRST, "Home End", "to the first, to the last" },
	{ KEY_END, SCREEN_LAST, NULL, NULL },
	{ '\f', SCREEN_AGAIN, "Ctrl-L", "draw the screen again" },
	{ 'h', SCREEN_HELP, "h ?", "this, or back" },
	{ '?', SCREEN_HELP, NULL, NULL },
	{ 'q', TOP_QUIT, "q", "quit" },
};

static const char screen_hint[] =
	"p peer o port x process c cgroup r rule  4 6 prefix  < > sort  h help  q quit";

/* How wide columns are, the gap to the next one included. */
static const u8 screen_widths[TOP_GROUP] = {
	[TOP_WAITING] = 8,
	[TOP_HELD] = 8,
	[TOP_SHUT] = 8,
	[TOP_ORPHAN] = 8,
	[TOP_OLDEST] = 8,
	[TOP_MEDIAN] = 8,
	[TOP_LEFT] = 8,
	[TOP_CLOSED] = 8,
	[TOP_FLUSHED] = 8,
	[TOP_WOULD] = 8,
	[TOP_STUCK] = 8,
	[TOP_SHARE] = 8,
};

/* The more important come first. */
static const u8 screen_order[] = {
	TOP_WAITING, TOP_SHARE, TOP_FLUSHED, TOP_WOULD, TOP_OLDEST, TOP_MEDIAN,
	TOP_CLOSED, TOP_STUCK, TOP_HELD, TOP_SHUT, TOP_ORPHAN, TOP_LEFT,
};

/* The one terminal there is; NULL when it is not in use. */
static SCREEN *screen_terminal;

/**
 * top_screen_close() - give the terminal back
 */
void top_screen_close(void)
{
	if (!screen_terminal)
		return;
	endwin();
	delscreen(screen_terminal);
	screen_terminal = NULL;
	err_before(NULL);
}

static int screen_unfit(const char *term)
{
	return err_failed("a terminal of type \"%s\" cannot show this: see top --once",
			  term);
}

static int screen_check(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		return err_failed("the output is no terminal: see top --once, and the option -j");
	if (!term || !*term)
		return err_failed("TERM is not set, so the terminal is not known: see top --once");
	return 0;
}

/* Where text goes can be chosen on every terminal but teletypes. */
static bool screen_is_fit(void)
{
	const char *move = tigetstr("cup");

	return move && move != (char *)-1;
}

/**
 * top_screen_open() - have the terminal for the table
 * @screen: what to show; @colour is set by the caller
 *
 * Return: 0 or the exit status, the error reported.
 */
int top_screen_open(struct top_screen *screen)
{
	int ret;

	ret = screen_check();
	if (ret)
		return ret;
	/* The size is that of the terminal, whatever the environment says. */
	use_tioctl(TRUE);
	screen_terminal = newterm(NULL, stdout, stdin);
	if (!screen_terminal)
		return screen_unfit(getenv("TERM"));
	if (!screen_is_fit()) {
		top_screen_close();
		return screen_unfit(getenv("TERM"));
	}
	err_before(top_screen_close);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	/* What arrow keys send comes in one piece. */
	set_escdelay(25);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (screen->colour && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(SCREEN_COLOUR, COLOR_RED, -1);
	} else {
		screen->colour = false;
	}
	return 0;
}

/* SIGWINCH may have been for somebody else, or while this was stopped. */
static void screen_fit(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ||
	    !size.ws_col)
		return;
	if (size.ws_row != LINES || size.ws_col != COLS)
		resizeterm(size.ws_row, size.ws_col);
}

/* Text of ASCII, as far as the line goes. */
static void screen_text(int y, int x, int attr, const char *text)
{
	if (x >= COLS)
		return;
	attron(attr);
	mvaddnstr(y, x, text, COLS - x);
	attroff(attr);
}

static void screen_head(const struct top_screen *screen,
			const struct top_view *view,
			const struct top_data *data)
{
	const u64 merged = data->groups[view->order.by].merged;
	char interval[DURATION_SIZE], span[DURATION_SIZE];
	char text[2 * TOP_LINE], grouping[TOP_LINE];
	const time_t now = time(NULL);
	char hour[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(hour, sizeof(hour), "%H:%M:%S", &tm);
	duration_format(interval, screen->interval);
	duration_format_short(span, data->now - data->since);
	top_print_grouping(view, grouping);
	snprintf(text, sizeof(text), "%s %s, in %s, every %s, sorted by %s%s",
		 hour, grouping, span, interval,
		 top_column_word(view->order.sort),
		 view->order.reverse ? " reversed" : "");
	screen_text(0, 0, A_BOLD, text);
	if (screen->paused)
		screen_text(2, 0, A_REVERSE, " paused ");
	else if (data->lost)
		snprintf(text, sizeof(text),
			 "lost %llu events: counts and shares are not exact",
			 data->lost);
	else if (merged)
		snprintf(text, sizeof(text),
			 "merged %llu quiet groups: too many to keep", merged);
	if (!screen->paused && (data->lost || merged))
		screen_text(2, 0, A_NORMAL, text);
	top_print_sum(view, text);
	screen_text(1, 0, A_NORMAL, text);
}

/* Which columns there is room for. */
static void screen_choose(const struct top_view *view, bool *shown)
{
	const enum top_column sort = view->order.sort;
	int left = COLS - SCREEN_NAME;
	unsigned int i;

	memset(shown, 0, TOP_COLUMNS * sizeof(*shown));
	if (sort != TOP_GROUP) {
		shown[sort] = true;
		left -= screen_widths[sort];
	}
	for (i = 0; i < ARRAY_SIZE(screen_order); i++) {
		const u8 column = screen_order[i];

		if (shown[column] ||
		    (column == TOP_WOULD && !view->total.counts.would))
			continue;
		left -= screen_widths[column];
		if (left < 0)
			break;
		shown[column] = true;
	}
}

/* A number with more digits than there is room for is cut by thousands. */
static void screen_shorten(char text[TOP_CELL], u64 number, size_t room)
{
	static const char units[] = "kMGTPE";
	const char *unit = units;

	while (strlen(text) > room && *unit) {
		number /= 1000;
		snprintf(text, TOP_CELL, "%llu%c", number, *unit++);
	}
}

static int screen_cell_attr(const struct top_screen *screen,
			    const struct top_row *row, enum top_column column)
{
	double share;

	if (!screen->colour || column != TOP_SHARE ||
	    !top_row_share(row, &share) || share < 0.5)
		return A_NORMAL;
	return COLOR_PAIR(SCREEN_COLOUR);
}

static void screen_row(const struct top_screen *screen,
		       const struct top_view *view, const bool *shown, int y,
		       const struct top_row *row)
{
	char clean[CLEAN_SIZE(SCREEN_WIDEST)];
	char text[TOP_CELL], cell[TOP_CELL], name[TOP_NAME];
	unsigned int column;
	int attr, room, x = 0;

	for (column = 0; column < TOP_GROUP; column++) {
		if (!shown[column])
			continue;
		room = screen_widths[column] - 1;
		if (top_row_text(row, column, text) && column != TOP_SHARE &&
		    column != TOP_OLDEST && column != TOP_MEDIAN)
			screen_shorten(text, top_row_number(row, column), room);
		attr = screen_cell_attr(screen, row, column);
		snprintf(cell, sizeof(cell), "%*s", room, text);
		screen_text(y, x, attr, cell);
		x += room + 1;
	}
	room = COLS - x < SCREEN_WIDEST ? COLS - x : SCREEN_WIDEST;
	if (room <= 0)
		return;
	clean_text(clean, top_row_name(row, view->order.by, name), room);
	mvaddstr(y, x, clean);
}

static void screen_titles(const struct top_view *view, const bool *shown)
{
	const int y = SCREEN_HEAD - 1;
	unsigned int column;
	const char *title;
	int attr, x = 0;

	attron(A_REVERSE);
	mvprintw(y, 0, "%*s", COLS, "");
	attroff(A_REVERSE);
	for (column = 0; column < TOP_COLUMNS; column++) {
		if (column != TOP_GROUP && !shown[column])
			continue;
		attr = column == view->order.sort ? A_BOLD | A_UNDERLINE :
						    A_NORMAL;
		title = column == TOP_GROUP ?
			top_by_head(view->order.by) :
			top_column_layout(column)->head;
		if (column != TOP_GROUP)
			x += screen_widths[column] - 1 - (int)strlen(title);
		screen_text(y, x, A_REVERSE | attr, title);
		x += strlen(title) + 1;
	}
}

static void screen_help(void)
{
	char text[TOP_LINE];
	unsigned int i;
	int y = 0;

	for (i = 0; i < ARRAY_SIZE(screen_keys); i++) {
		if (!screen_keys[i].text)
			continue;
		snprintf(text, sizeof(text), "%-10s %s", screen_keys[i].name,
			 screen_keys[i].text);
		screen_text(y++, 0, A_NORMAL, text);
	}
}

static int screen_rows(void)
{
	const int rows = LINES - SCREEN_HEAD - SCREEN_FOOT;

	return rows > 0 ? rows : 0;
}

static void screen_table(struct top_screen *screen, const struct top_view *view,
			 const struct top_data *data)
{
	const size_t rows = screen_rows();
	bool shown[TOP_COLUMNS];
	size_t i;

	if (screen->offset + rows > view->count)
		screen->offset = view->count > rows ? view->count - rows : 0;
	screen_choose(view, shown);
	screen_head(screen, view, data);
	screen_titles(view, shown);
	for (i = 0; i < rows && screen->offset + i < view->count; i++)
		screen_row(screen, view, shown, SCREEN_HEAD + i,
			   &view->rows[screen->offset + i]);
	if (LINES > SCREEN_HEAD)
		screen_text(LINES - 1, 0, A_DIM, screen_hint);
}

/**
 * top_screen_draw() - show the table
 * @screen: what is shown next to it
 * @view: the table
 * @data: what it was made from
 */
void top_screen_draw(struct top_screen *screen, const struct top_view *view,
		     const struct top_data *data)
{
	screen_fit();
	erase();
	screen->count = view->count;
	if (screen->help)
		screen_help();
	else
		screen_table(screen, view, data);
	refresh();
}

static void screen_move(struct top_screen *screen, size_t step, bool up)
{
	if (!up)
		screen->offset += step;
	else
		screen->offset -= step < screen->offset ? step :
				  screen->offset;
}

static enum top_action screen_do(struct top_screen *screen, int action)
{
	switch (action) {
	case SCREEN_HELP:
		screen->help = !screen->help;
		break;
	case SCREEN_AGAIN:
		clearok(curscr, TRUE);
		break;
	case SCREEN_UP:
		screen_move(screen, 1, true);
		break;
	case SCREEN_DOWN:
		screen_move(screen, 1, false);
		break;
	case SCREEN_PAGE_UP:
		screen_move(screen, screen_rows(), true);
		break;
	case SCREEN_PAGE_DOWN:
		screen_move(screen, screen_rows(), false);
		break;
	case SCREEN_FIRST:
		screen->offset = 0;
		break;
	case SCREEN_LAST:
		screen->offset = screen->count;
		break;
	default:
		return action;
	}
	return TOP_MOVE;
}

/**
 * top_screen_key() - take a key
 * @screen: what is shown
 *
 * Return: what it wants, TOP_NOTHING when there is no more of them.
 */
enum top_action top_screen_key(struct top_screen *screen)
{
	unsigned int i;
	int key;

	while ((key = getch()) != ERR) {
		for (i = 0; i < ARRAY_SIZE(screen_keys); i++) {
			if (screen_keys[i].key == key)
				return screen_do(screen, screen_keys[i].action);
		}
	}
	return TOP_NOTHING;
}
