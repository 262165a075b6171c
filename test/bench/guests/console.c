// Output on the PL011 of the virt board (no flow control: neither QEMU's nor ours ever fills), and PSCI SYSTEM_OFF.
#include "console.h"

#define UART_DATA ((volatile u32 *)0x09000000)
#define UART_FLAGS ((volatile u32 *)0x09000018)
#define RECEIVE_EMPTY 0x10
#define PSCI_SYSTEM_OFF 0x84000008

void put_text(const char *text) {
  while (*text) *UART_DATA = (u8)*text++;
}

void put_hex(u64 value) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    *UART_DATA = (u8)"0123456789abcdef"[(value >> shift) & 15];
  }
}

void wait_for_key(void) {
  while (*UART_FLAGS & RECEIVE_EMPTY) {}
}

_Noreturn void power_off(void) {
  register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;
  __asm__ volatile("hvc #0" : "+r"(x0) : : "memory");
  for (;;) __asm__ volatile("wfi");
}
