/* What syscalls.c starts: says what it was given, then exits with 42. */
typedef unsigned long u64;

static u64 call(u64 number, u64 a, u64 b, u64 c) {
  register u64 x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x8 __asm__("x8") = number;
  __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x8) : "x3", "x4", "x5", "memory");
  return x0;
}

__attribute__((used)) void enter(u64 *start) {
  const char *text = ((char **)start)[2];
  u64 length = 0;
  while (text[length]) length++;
  call(64, 1, (u64)"child: ", 7);
  call(64, 1, (u64)text, length);
  call(64, 1, (u64)(start[0] == 2 && start[3] == 0 && start[4] == 0 ? ", ok\n" : ", wrong block\n"), 5);
  call(93, 42, 0, 0);
  __builtin_trap();
}

__asm__(".globl _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  b enter\n");
