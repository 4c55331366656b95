/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_CHART_H
#define FINWAIT2_CHART_H

struct hists;
struct out;

void chart_print(struct out *out, const struct hists *hists);
void chart_print_json(struct out *out, const struct hists *hists);

#endif
