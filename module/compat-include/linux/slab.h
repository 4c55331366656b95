/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_LINUX_SLAB_H
#define _FINWAIT2_COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>

/* Since 7.0, and in some stable kernels. */
#ifndef kmalloc_obj
#define kmalloc_obj(obj, gfp)	kmalloc(sizeof(typeof(obj)), gfp)
#endif
#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(typeof(obj)), gfp)
#endif

#endif
