// SPDX-License-Identifier: GPL-2.0
/*
 * What may happen to a socket happens just as it is flushed: one or the other comes
 * first, and nobody meets both
 *
 * See race.h. FINWAIT2_RACE_SECONDS says for how long each is to be tried.
 */

#define _GNU_SOURCE
#include <sys/utsname.h>

#include "race.h"
#include "kselftest_harness.h"

FIXTURE(race)
{
	struct fw2_race *r;
};

FIXTURE_VARIANT(race)
{
	struct fw2_act act;
	/* What a socket that was not flushed is counted as; 0: all are. */
	int left;
	/* Nobody can see which it was. */
	bool unseen;
	bool silent;
	/* Only where nothing comes between the check and the abort. */
	bool atomic;
};

FIXTURE_VARIANT_ADD(race, fin) {
	.act = { .data = true, .act = fw2_race_fin, .see = fw2_race_see_data },
	.left = FINWAIT2_A_STATS_LEFT_FIN,
};

FIXTURE_VARIANT_ADD(race, fin_silent) {
	.act = { .data = true, .act = fw2_race_fin, .see = fw2_race_see_data },
	.left = FINWAIT2_A_STATS_LEFT_FIN,
	.silent = true,
	/* See design.rst: in the gap, the FIN comes to a socket in CLOSING. */
	.atomic = true,
};

static void act_close(struct fw2_race *r, struct fw2_pair *p, int listener)
{
	close(p->local);
	p->local = -1;
}

/* The peer is in CLOSE_WAIT, where a reset is EPIPE. */
static enum fw2_seen see_peer(struct fw2_race *r, struct fw2_pair *p)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(p->peer, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err && err != EPIPE)
		return fw2_race_wrong(r, "peer", err);
	return err ? FW2_SEEN_FLUSHED : FW2_SEEN_LEFT;
}

FIXTURE_VARIANT_ADD(race, close) {
	.act = { .act = act_close, .see = see_peer },
	.left = FINWAIT2_A_STATS_LEFT_CLOSE,
};

/* With unread data in it, or told to: a reset either way. */
static void act_linger(struct fw2_race *r, struct fw2_pair *p, int listener)
{
	struct linger hard = { .l_onoff = 1 };

	setsockopt(p->local, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	act_close(r, p, listener);
}

static enum fw2_seen see_reset(struct fw2_race *r, struct fw2_pair *p)
{
	enum fw2_seen seen = see_peer(r, p);

	if (seen == FW2_SEEN_LEFT)
		return fw2_race_wrong(r, "the peer has not been reset", 0);
	return seen == FW2_SEEN_FLUSHED ? FW2_SEEN_EITHER : seen;
}

FIXTURE_VARIANT_ADD(race, linger) {
	.act = { .act = act_linger, .see = see_reset },
	.left = FINWAIT2_A_STATS_LEFT_CLOSE,
	.unseen = true,
};

FIXTURE_VARIANT_ADD(race, close_unread) {
	.act = { .data = true, .act = act_close, .see = see_reset },
	.left = FINWAIT2_A_STATS_LEFT_CLOSE,
	.unseen = true,
};

static void act_shut(struct fw2_race *r, struct fw2_pair *p, int listener)
{
	shutdown(p->local, SHUT_RD);
}

FIXTURE_VARIANT_ADD(race, shut) {
	.act = { .data = true, .act = act_shut, .see = fw2_race_see_data },
};

/* The application takes it for another connection, which must never be hit. */
static void act_reconnect(struct fw2_race *r, struct fw2_pair *p, int listener)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage ss;
	socklen_t len = fw2_addr(FW2_V4, fw2_port(listener), &ss);
	int err = connect(p->local, &unspec, sizeof(unspec)) ||
		  connect(p->local, (void *)&ss, len);

	close(p->peer);
	p->peer = err ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static enum fw2_seen see_reconnected(struct fw2_race *r, struct fw2_pair *p)
{
	int err = 0;
	socklen_t len = sizeof(err);
	char buf[8];

	if (p->peer < 0)
		return fw2_race_wrong(r, "cannot connect it again", 0);
	if (send(p->local, "new", 3, MSG_NOSIGNAL) != 3 ||
	    recv(p->peer, buf, sizeof(buf), 0) != 3 ||
	    send(p->peer, "answer", 6, MSG_NOSIGNAL) != 6 ||
	    recv(p->local, buf, sizeof(buf), 0) != 6)
		return fw2_race_wrong(r, "the new connection", errno);
	getsockopt(p->local, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err || fw2_state(p->local) != FW2_ESTABLISHED)
		return fw2_race_wrong(r, "the new connection has ended", err);
	return FW2_SEEN_EITHER;
}

FIXTURE_VARIANT_ADD(race, reconnect) {
	.act = { .act = act_reconnect, .see = see_reconnected },
	.left = FINWAIT2_A_STATS_LEFT_CLOSE,
	.unseen = true,
	.atomic = true,
};

/* Who connected has half-closed; the other end is accepted only now, and closed. */
static void act_accept(struct fw2_race *r, struct fw2_pair *p, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		fw2_race_wrong(r, "accept", errno);
	close(fd);
}

static enum fw2_seen see_end(struct fw2_race *r, struct fw2_pair *p)
{
	return fw2_race_see_end(r, p, false);
}

FIXTURE_VARIANT_ADD(race, accept) {
	.act = { .queued = true, .act = act_accept, .see = see_end },
	.left = FINWAIT2_A_STATS_LEFT_FIN,
};

FIXTURE_SETUP(race)
{
	struct utsname u;
	int major, minor;
	char *end;

	ASSERT_EQ(0, uname(&u));
	major = strtol(u.release, &end, 10);
	minor = strtol(end + 1, NULL, 10);
	if (variant->atomic && (major < 6 || (major == 6 && minor < 5)))
		SKIP(return, "there is a gap between check and abort before 6.5");
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", FW2_RACE_INTERVAL));
	ASSERT_EQ(0, fw2_set("shut_interval", 2 * FW2_RACE_INTERVAL));
	ASSERT_EQ(0, fw2_set("reset", !variant->silent));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
	self->r = fw2_race_new();
	ASSERT_NE(NULL, self->r);
}

FIXTURE_TEARDOWN(race)
{
}

/* Has it come out both ways? Otherwise it was no race. */
static bool both_ways(int left, bool unseen)
{
	uint64_t stats[FINWAIT2_A_STATS_MAX + 1];

	if (fw2_race_stats(stats) || !fw2_race_flushed(stats))
		return false;
	if (left)
		return stats[left];
	return unseen || (stats[FINWAIT2_A_STATS_FLUSHED_HELD] &&
			  stats[FINWAIT2_A_STATS_FLUSHED_SHUT]);
}

TEST_F_TIMEOUT(race, flush, 900)
{
	uint64_t stats[FINWAIT2_A_STATS_MAX + 1];

	fw2_race_start(self->r, &variant->act);
	fw2_race_start(self->r, &variant->act);
	fw2_pass(fw2_race_time());
	/* A slow machine does few of them in that time. */
	EXPECT_TRUE(fw2_wait(both_ways(variant->left, variant->unseen), 60000));
	EXPECT_EQ(0, fw2_race_stop(self->r));
	/* Who was due and is closed is looked at once more. */
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 5000));
	fw2_race_expect(self->r, variant->unseen);

	ASSERT_EQ(0, fw2_race_stats(stats));
	if (variant->left)
		EXPECT_EQ(fw2_race_left(stats), stats[variant->left]);
}

TEST_HARNESS_MAIN
