// SPDX-License-Identifier: GPL-2.0
/*
 * A flood: clients that open connections and leave them half-closed, faster than
 * limits in force end them, against a server that holds on to all it is given
 *
 * The server answers those that ask, and closes. To those of the flood it ends its
 * side, and waits for theirs. It has descriptors for almost as many connections as
 * the flood has. Ordinary clients ask it, one after the other, before the
 * flood, while it comes, and for some time after that.
 *
 * FINWAIT2_FLOOD says how many connections; the numbers are printed.
 */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "far.h"
#include "kselftest_harness.h"

/* How many are many, if nothing else is said. */
#define FLOOD		3000
/* The server has descriptors for so many more, and the flood comes with twice that. */
#define SPARE		50
/*
 * So many of the flood have an address in common: connect() looks for a port among
 * every second one first, 14,000, and once those are taken walks over all of them
 * each time.
 */
#define EACH		10000
/* How long an ordinary client waits, ms. */
#define PATIENCE	2000
/* For how long ordinary clients come before the flood and after it, ms. */
#define QUIET		3000

#define PORT		8080

/* What the processes tell each other. */
struct board {
	int		serving;
	int		done;
	int		flooded;
	int		refused;
};

/* Of the ordinary clients, in a phase: latencies in us, in buckets of 2^n. */
struct served {
	int		asked;
	int		answered;
	long long	us;
	long long	longest;
};

FIXTURE(flood)
{
	struct fw2_far far;
	struct board *board;
	pid_t server, flood;
	int count;
};

static long long us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void files(int n)
{
	struct rlimit limit = { n, n };

	setrlimit(RLIMIT_NOFILE, &limit);
}

static int listen_here(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (bind(fd, (void *)&in, sizeof(in)) || listen(fd, 1024))
		return -1;
	return fd;
}

static void watch(int ep, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
}

/* 'o' is an ordinary client's, 'f' the flood's. */
static void serve_one(int ep, int fd, unsigned int events)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n == 1 && c == 'f' && !(events & EPOLLERR)) {
		shutdown(fd, SHUT_WR);
		return;
	}
	if (n == 1 && c == 'o')
		send(fd, "!", 1, MSG_NOSIGNAL);
	epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

static void serve(struct board *board, int count)
{
	struct epoll_event events[256];
	int listener, ep, fd, i, n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	files(count + SPARE);
	listener = listen_here();
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || ep < 0)
		_exit(1);
	watch(ep, listener, EPOLLIN);
	__atomic_store_n(&board->serving, 1, __ATOMIC_RELEASE);
	for (;;) {
		n = epoll_wait(ep, events, 256, -1);
		for (i = 0; i < n; i++) {
			fd = events[i].data.fd;
			if (fd != listener) {
				serve_one(ep, fd, events[i].events);
				continue;
			}
			/* Out of descriptors, it can but try again. */
			fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
			if (fd >= 0)
				watch(ep, fd, EPOLLIN);
			else
				fw2_pause();
		}
	}
}

static int connect_from(const char *address, int timeout)
{
	struct sockaddr_in from = { .sin_family = AF_INET },
			   to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	struct timeval tv = { timeout / 1000, timeout % 1000 * 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	inet_pton(AF_INET, address, &from.sin_addr);
	inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (void *)&from, sizeof(from)) ||
	    connect(fd, (void *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* All it opens stays open, whatever the server does. */
static void flood(struct board *board, int count)
{
	char address[32];
	int i, fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	files(count + 3 * SPARE);
	for (i = 0; i < count + 2 * SPARE; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", 10 + i / EACH);
		fd = connect_from(address, PATIENCE);
		if (fd < 0 || send(fd, "f", 1, MSG_NOSIGNAL) != 1)
			__atomic_add_fetch(&board->refused, 1, __ATOMIC_RELAXED);
		else
			__atomic_add_fetch(&board->flooded, 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&board->done, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

static void ask(struct served *served)
{
	const long long start = us();
	int fd = connect_from("192.0.2.2", PATIENCE);
	long long took;
	char c;

	served->asked++;
	if (fd < 0)
		return;
	if (send(fd, "o", 1, MSG_NOSIGNAL) == 1 && recv(fd, &c, 1, 0) == 1) {
		took = us() - start;
		served->answered++;
		served->us += took;
		if (took > served->longest)
			served->longest = took;
	}
	close(fd);
}

static void ask_for(struct served *served, long long ms)
{
	const long long end = fw2_now() + ms;

	while (fw2_now() < end) {
		ask(served);
		fw2_pass(10);
	}
}

FIXTURE_SETUP(flood)
{
	const char *count = getenv("FINWAIT2_FLOOD");
	int i;

	if (count)
		self->count = atoi(count);
	else
		self->count = getenv("KSFT_MACHINE_SLOW") ? FLOOD / 10 : FLOOD;
	ASSERT_EQ(0, fw2_own_netns());
	ASSERT_EQ(0, fw2_far_make(&self->far));
	for (i = 0; i <= self->count / EACH; i++) {
		char command[128];

		snprintf(command, sizeof(command),
			 "ip -n fw2far addr add 192.0.2.%d/24 dev far", 10 + i);
		ASSERT_EQ(0, system(command));
	}
	self->board = mmap(NULL, sizeof(*self->board), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->board);
	self->server = 0;
	self->flood = 0;
}

static void end(pid_t pid)
{
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

FIXTURE_TEARDOWN(flood)
{
	end(self->flood);
	end(self->server);
	fw2_far_unmake(&self->far);
}

/* What is there of the module's memory is in proportion to this. */
static long long tracked(void)
{
	return fw2_loaded() ? fw2_stat(FINWAIT2_A_STATS_TRACKED) : 0;
}

static void print_served(struct __test_metadata *_metadata, const char *when,
			 const struct served *s)
{
	TH_LOG("%-24s %5d asked, %5d answered, mean %lld us, longest %lld us",
	       when, s->asked, s->answered,
	       s->answered ? s->us / s->answered : 0, s->longest);
}

/* How it is with and without. */
struct course {
	struct served	before, during, after;
	long long	most;
};

#define have_a_flood(c) do {						\
	memset((c), 0, sizeof(*(c)));					\
	self->server = fork();						\
	ASSERT_LE(0, self->server);					\
	if (!self->server)						\
		serve(self->board, self->count);			\
	ASSERT_TRUE(fw2_wait(__atomic_load_n(&self->board->serving,	\
					     __ATOMIC_ACQUIRE), 5000));	\
	ASSERT_EQ(0, setns(self->far.far, CLONE_NEWNET));		\
	self->flood = 0;						\
	ask_for(&(c)->before, QUIET);					\
	self->flood = fork();						\
	ASSERT_LE(0, self->flood);					\
	if (!self->flood)						\
		flood(self->board, self->count);			\
	while (!__atomic_load_n(&self->board->done, __ATOMIC_ACQUIRE)) { \
		ask(&(c)->during);					\
		ASSERT_EQ(0, setns(self->far.near, CLONE_NEWNET));	\
		if (tracked() > (c)->most)				\
			(c)->most = tracked();				\
		ASSERT_EQ(0, setns(self->far.far, CLONE_NEWNET));	\
	}								\
	ask_for(&(c)->after, QUIET);					\
	ASSERT_EQ(0, setns(self->far.near, CLONE_NEWNET));		\
	TH_LOG("%d connections of the flood, %d refused",		\
	       self->board->flooded, self->board->refused);		\
	print_served(_metadata, "before the flood", &(c)->before);	\
	print_served(_metadata, "while it comes", &(c)->during);	\
	print_served(_metadata, "as long as it stays", &(c)->after);	\
} while (0)

TEST_F_TIMEOUT(flood, without, 1800)
{
	struct course c;

	if (fw2_unload())
		SKIP(return, "the module cannot be unloaded");
	have_a_flood(&c);
	EXPECT_EQ(c.before.asked, c.before.answered);
	/* Or it would be no flood. */
	EXPECT_LE(self->count - SPARE, fw2_proc_count(FW2_FIN_WAIT2, PORT));
	EXPECT_GT(c.after.asked / 10 + 1, c.after.answered);
}

TEST_F_TIMEOUT(flood, with, 1800)
{
	const int most = self->count / 5;
	struct course c;

	ASSERT_TRUE(fw2_loaded() || !fw2_load(""));
	ASSERT_EQ(0, fw2_set("flush_interval", 675000));
	ASSERT_EQ(0, fw2_set("adaptive_start", most / 2));
	ASSERT_EQ(0, fw2_set("adaptive_end", most));
	have_a_flood(&c);
	TH_LOG("%lld tracked at most, of %d, each 128 bytes", c.most, most);
	EXPECT_EQ(c.before.asked, c.before.answered);
	EXPECT_EQ(c.during.asked, c.during.answered);
	EXPECT_EQ(c.after.asked, c.after.answered);
	EXPECT_EQ(0, self->board->refused);
	/* It ends what is too much within a second; so much may come meanwhile. */
	EXPECT_GT(self->count - SPARE, c.most);

	/* Within a second it is below the end, and nothing was lost for good. */
	EXPECT_TRUE(fw2_wait(tracked() < most, 1100 + fw2_slack()));
	EXPECT_TRUE(fw2_wait(fw2_proc_count(FW2_FIN_WAIT2, PORT) == tracked(),
			     10000));
	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, PORT), 15000));
	EXPECT_EQ(0, tracked());
}

TEST_HARNESS_MAIN
