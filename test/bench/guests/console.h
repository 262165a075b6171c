// Output on the PL011 of the virt board, and the end of the machine.
#pragma once
#include "work.h"

void put_text(const char *text);
void put_hex(u64 value);
// Waits until something was typed.
void wait_for_key(void);

_Noreturn void power_off(void);
