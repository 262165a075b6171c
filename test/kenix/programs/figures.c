/* Prints what the system has in use, from docs/syscalls.md alone: calls 100, SYSINFO, and 101, TASKINFO. */
typedef unsigned long u64;

static u64 out[6];

static void call(u64 number, u64 a, u64 b, u64 c) {
  register u64 x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register u64 x3 __asm__("x3") = 0, x4 __asm__("x4") = 0, x5 __asm__("x5") = 0, x8 __asm__("x8") = number;
  __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5) : "r"(x8) : "memory");
  out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3, out[4] = x4, out[5] = x5;
}

static char line[4096];
static u64 task[12];
static u64 end;

static void put(const char *name, u64 value) {
  char digits[24];
  int at = 24;
  while (*name) line[end++] = *name++;
  do digits[--at] = '0' + value % 10, value /= 10;
  while (value);
  line[end++] = '=';
  while (at < 24) line[end++] = digits[at++];
  line[end++] = ' ';
}

__attribute__((used)) void enter(void) {
  call(100, 0, 0, 0);
  put("seconds", out[0] / 1000000000), put("free", out[2]), put("tasks", out[3]), put("aside", out[5]);
  call(100, 2, 0, 0);
  put("endpoints", out[0]), put("sessions", out[1]), put("shms", out[2]);
  put("pipes", out[3]), put("devices", out[4]), put("handles", out[5]);
  /* Pages of each task that lives, by its name. */
  for (u64 index = 0; end < sizeof line - 64; index = out[0] + 1) {
    call(101, index, (u64)task, 0);
    if ((long)out[0] < 0) break;
    char name[32] = "pages-";
    for (int n = 0; n < 24; n++) name[6 + n] = ((char *)task)[64 + n];
    put(name, task[3]);
  }
  line[end - 1] = '\n';
  call(64, 1, (u64)line, end);
  call(93, 0, 0, 0);
  __builtin_trap();
}

__asm__(".globl _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  b enter\n");
