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

static inline bool fw2_sk_in_cgroup(const struct sock *sk, struct cgroup *cgroup)
{
	struct sock_cgroup_data *skcd = (void *)&sk->sk_cgrp_data;

	return cgroup_is_descendant(sock_cgroup_ptr(skcd), cgroup);
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

static inline bool fw2_sk_in_cgroup(const struct sock *sk, struct cgroup *cgroup)
{
	return false;
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
