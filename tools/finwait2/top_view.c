// SPDX-License-Identifier: GPL-2.0
/*
 * The table: groups as they are asked for, sorted
 *
 * It is made anew each time, and nothing in it points to what it was made from.
 * Those who wait are sorted by the group they are in, and within it by how long
 * they have waited, so that each group is in one place, and its oldest member and
 * the one in the middle are, too. So are the groups of those who do not wait any
 * more, and the two are put together.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "cgroup.h"
#include "err.h"
#include "top_data.h"
#include "top_view.h"

/**
 * struct top_member - who waits
 * @key: the group
 * @aged: it is known how long
 * @age: how long, ms
 * @class: enum finwait2_class
 */
struct top_member {
	struct top_key key;
	bool aged;
	u64 age;
	u8 class;
};

/**
 * struct top_past - what became of those who do not wait any more
 * @key: the group
 * @counts: what became of them
 */
struct top_past {
	struct top_key key;
	struct top_counts counts;
};

static void *top_view_alloc(size_t count, size_t size)
{
	/* One more, for there is no array of none. */
	void *array = calloc(count + 1, size);

	if (!array)
		err_no_memory();
	return array;
}

static int top_age_compare(const struct top_member *a,
			   const struct top_member *b)
{
	if (a->aged != b->aged)
		return a->aged - b->aged;
	return (a->age > b->age) - (a->age < b->age);
}

static int top_member_compare(const void *a, const void *b)
{
	const struct top_member *x = a, *y = b;
	int order = memcmp(&x->key, &y->key, sizeof(x->key));

	return order ? order : top_age_compare(x, y);
}

static int top_member_compare_age(const void *a, const void *b)
{
	return top_age_compare(a, b);
}

static int top_past_compare(const void *a, const void *b)
{
	const struct top_past *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* Who waits, group by group. */
static struct top_member *top_view_members(const struct top_order *order,
					   const struct top_socks *waiting)
{
	struct top_member *members;
	struct top_key key;
	size_t i;

	members = top_view_alloc(waiting->count, sizeof(*members));
	for (i = 0; i < waiting->count; i++) {
		const struct top_sock *sock = &waiting->socks[i];

		key = top_key_of(order->by, sock);
		members[i].key = top_key_widen(&key, order->bits4,
					       order->bits6);
		members[i].aged = sock->aged;
		members[i].age = sock->age;
		members[i].class = sock->class;
	}
	qsort(members, waiting->count, sizeof(*members), top_member_compare);
	return members;
}

/* Who does not any more, several of which may be in one group. */
static struct top_past *top_view_past(const struct top_order *order,
				      const struct top_groups *groups)
{
	const struct top_group *group;
	struct top_past *past;
	size_t i = 0;

	past = top_view_alloc(groups->count, sizeof(*past));
	for (group = groups->first; group; group = group->next) {
		past[i].key = top_key_widen(&group->key, order->bits4,
					    order->bits6);
		past[i++].counts = group->counts;
	}
	qsort(past, i, sizeof(*past), top_past_compare);
	return past;
}

/* Take in members of a group, sorted by age. */
static void top_row_fill(struct top_row *row, const struct top_member *members,
			 size_t count)
{
	size_t i, young = 0;

	for (i = 0; i < count; i++) {
		switch (members[i].class) {
		case FINWAIT2_CLASS_HELD:
			row->held++;
			break;
		case FINWAIT2_CLASS_SHUT:
			row->shut++;
			break;
		case FINWAIT2_CLASS_ORPHAN:
			row->orphan++;
			break;
		}
		/* These are the first. */
		young += !members[i].aged;
	}
	row->aged = young < count;
	if (!row->aged)
		return;
	row->oldest = members[count - 1].age;
	/* Of two in the middle, the younger one. */
	row->median = members[young + (count - young - 1) / 2].age;
}

static void top_view_forget(struct top_view *view)
{
	size_t i;

	for (i = 0; i < view->count; i++)
		free(view->rows[i].path);
	view->count = 0;
}

static struct top_row *top_view_add(struct top_view *view,
				    const struct top_key *key)
{
	struct top_row *row;

	if (view->count == view->room) {
		view->room = view->room ? 2 * view->room : 64;
		view->rows = realloc(view->rows,
				     view->room * sizeof(*view->rows));
		if (!view->rows)
			err_no_memory();
	}
	row = &view->rows[view->count++];
	*row = (struct top_row) { .key = *key };
	return row;
}

/* How many members there are of the group that is the first. */
static size_t top_members_alike(const struct top_member *members, size_t count)
{
	size_t alike = 1;

	while (alike < count && !memcmp(&members[alike].key, &members->key,
					sizeof(members->key)))
		alike++;
	return alike;
}

/* Put together what is sorted by group. */
static void top_view_join(struct top_view *view,
			  const struct top_member *members, size_t waiting,
			  const struct top_past *past, size_t gone)
{
	const struct top_key *key;
	struct top_row *row;
	size_t alike;

	while (waiting || gone) {
		key = waiting ? &members->key : &past->key;
		if (waiting && gone &&
		    memcmp(&past->key, key, sizeof(*key)) < 0)
			key = &past->key;
		row = top_view_add(view, key);
		if (waiting && !memcmp(&members->key, &row->key, sizeof(*key))) {
			alike = top_members_alike(members, waiting);
			top_row_fill(row, members, alike);
			members += alike;
			waiting -= alike;
		}
		for (; gone && !memcmp(&past->key, &row->key, sizeof(*key));
		     past++, gone--)
			top_counts_add(&row->counts, &past->counts);
	}
}

static void top_view_paths(struct top_view *view, struct cgroup *cgroups)
{
	const char *path;
	size_t i;

	for (i = 0; i < view->count; i++) {
		struct top_row *row = &view->rows[i];

		path = row->key.number ?
		       cgroup_path(cgroups, row->key.number) : NULL;
		row->path = path ? strdup(path) : NULL;
		if (path && !row->path)
			err_no_memory();
	}
}

static int top_view_compare(const void *a, const void *b, void *arg)
{
	const struct top_order *order = arg;
	const int sign = order->reverse ? -1 : 1;

	return sign * top_row_compare(order->by, order->sort, a, b);
}

/**
 * top_view_build() - make the table
 * @view: the table, all 0 the first time; for top_view_free()
 * @order: how to group and sort
 * @data: what is known
 */
void top_view_build(struct top_view *view, const struct top_order *order,
		    struct top_data *data)
{
	const struct top_groups *groups = &data->groups[order->by];
	const size_t count = data->waiting.count;
	struct top_member *members;
	struct top_past *past;

	top_view_forget(view);
	view->order = *order;
	members = top_view_members(order, &data->waiting);
	past = top_view_past(order, groups);
	top_view_join(view, members, count, past, groups->count);
	if (order->by == TOP_CGROUP)
		top_view_paths(view, data->cgroups);
	if (view->count)
		qsort_r(view->rows, view->count, sizeof(*view->rows),
			top_view_compare, &view->order);

	view->total = (struct top_row) { .counts = data->total };
	qsort(members, count, sizeof(*members), top_member_compare_age);
	top_row_fill(&view->total, members, count);
	free(members);
	free(past);
}

/**
 * top_view_free() - forget the table
 * @view: the table
 */
void top_view_free(struct top_view *view)
{
	top_view_forget(view);
	free(view->rows);
}
