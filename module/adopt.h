/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets in FIN_WAIT_2 whose entry was not seen, or could not be noted */
#ifndef _FW2_ADOPT_H
#define _FW2_ADOPT_H

void fw2_adopt_soon(void);
void fw2_adopt_later(void);
void fw2_adopt_start(void);
void fw2_adopt_stop(void);

#endif
