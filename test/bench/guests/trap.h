// Exceptions as programs see them.
#pragma once
#include "work.h"

// What start.S saves, in its order.
struct frame {
  u64 x[31];
  u64 sp_el0;
  u64 elr;
  u64 spsr;
};

// Vector numbers: offset in the table divided by 0x80.
#define VECTOR_SYNC_SPX 4
#define VECTOR_IRQ_SPX 5
#define VECTOR_SYNC_LOWER 8

// Programs that expect exceptions define it; the default reports the exception and powers off.
void trap(struct frame *frame, u64 vector);

// Reports an exception that nobody expected, and powers off.
_Noreturn void unexpected(struct frame *frame, u64 vector);

#define READ(name)                                        \
  ({                                                      \
    u64 value_;                                           \
    __asm__ volatile("mrs %0, " #name : "=r"(value_));    \
    value_;                                               \
  })
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((u64)(value)) : "memory")
#define ISB() __asm__ volatile("isb" : : : "memory")
#define EXCEPTION_CLASS(esr) (((esr) >> 26) & 63)
#define CLASS_SVC 0x15
#define CLASS_DATA_ABORT_SAME 0x25
