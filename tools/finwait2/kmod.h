/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_KMOD_H
#define FINWAIT2_KMOD_H

struct doctor;

void kmod_check(struct doctor *doctor);

#endif
