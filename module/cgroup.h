/* SPDX-License-Identifier: GPL-2.0 */
/* The cgroup v2 of a socket, which a kernel may be built without */
#ifndef _FW2_CGROUP_H
#define _FW2_CGROUP_H

#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <net/sock.h>

#ifdef CONFIG_SOCK_CGROUP_DATA
#define FW2_SOCK_CGROUP	1

static inline struct cgroup *fw2_sk_cgroup(const struct sock *sk)
{
	return sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
}

/* The number by which userspace knows a socket's cgroup. */
static inline u64 fw2_sk_cgroup_id(const struct sock *sk)
{
	return cgroup_id(fw2_sk_cgroup(sk));
}

/* The ancestor of a cgroup at a level, itself at its own; NULL below. */
static inline struct cgroup *fw2_cgroup_at(struct cgroup *cgroup, int level)
{
	return cgroup_ancestor(cgroup, level);
}

static inline bool fw2_cgroup_gone(const struct cgroup *cgroup)
{
	return !(READ_ONCE(cgroup->self.flags) & CSS_ONLINE);
}

static inline int fw2_cgroup_path(struct cgroup *cgroup, char *buf, size_t size)
{
	int n = cgroup_path_ns(cgroup, buf, size, current->nsproxy->cgroup_ns);

	return n < 0 ? n : n >= size ? -ENAMETOOLONG : 0;
}
#else
#define FW2_SOCK_CGROUP	0

static inline u64 fw2_sk_cgroup_id(const struct sock *sk)
{
	return 0;
}

static inline struct cgroup *fw2_sk_cgroup(const struct sock *sk)
{
	return NULL;
}

static inline struct cgroup *fw2_cgroup_at(struct cgroup *cgroup, int level)
{
	return NULL;
}

static inline bool fw2_cgroup_gone(const struct cgroup *cgroup)
{
	return true;
}

static inline int fw2_cgroup_path(struct cgroup *cgroup, char *buf, size_t size)
{
	return -EOPNOTSUPP;
}

#define cgroup_get_from_path(path)	ERR_PTR(-EOPNOTSUPP)
#define cgroup_put(cgroup)
#endif

#endif
