/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_CGROUP_H
#define FINWAIT2_CGROUP_H

#include "util.h"

struct cgroup;

struct cgroup *cgroup_open(void);
void cgroup_close(struct cgroup *cgroup);
void cgroup_renew(struct cgroup *cgroup);
const char *cgroup_path(struct cgroup *cgroup, u64 id);

#endif
