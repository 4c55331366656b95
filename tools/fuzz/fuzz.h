/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_FUZZ_H
#define FINWAIT2_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls, and what it lets one call, by names of this tree. */
int fuzz_one(const uint8_t *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed)
	__asm__("LLVMFuzzerCustomMutator");
size_t fuzz_mutate_bytes(uint8_t *data, size_t size, size_t max)
	__asm__("LLVMFuzzerMutate");

#endif
