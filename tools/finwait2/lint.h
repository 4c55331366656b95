/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_LINT_H
#define FINWAIT2_LINT_H

struct doctor;

int lint_check(struct doctor *doctor);

#endif
