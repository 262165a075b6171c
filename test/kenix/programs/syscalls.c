/*
 * A Kenix program in C, written from docs/syscalls.md alone: no library, no header of Kenix. Each line that it prints is one
 * thing that page promises. Built by ../program-in-c.ts with Debian's cross compiler, with child.c inside.
 */
typedef unsigned char u8;
typedef long i64;
typedef unsigned long u64;

enum {
  YIELD = 0, RECV = 2, CALL = 3, REPLY = 4, WAIT_NOTIFY = 8, SHMCREATE = 10, SHMMAP = 11, SHMUNMAP = 12, GETPID = 20,
  SPAWN = 21, WAIT = 22, DUP = 23, DUP2 = 24, CLOSE = 57, PIPE = 59, READ = 63, WRITE = 64, EXIT = 93, CLOCK = 113,
  TIMER_SET = 114, NANOSLEEP = 115, HANDLE_COPY = 43, HANDLE_INFO = 202, BRK = 214, MUNMAP = 215, MMAP = 222,
  MPROTECT = 226
};
enum { EPERM = 1, ENOEXEC = 8, EBADF = 9, EAGAIN = 11, EFAULT = 14, EINVAL = 22, EPIPE = 32, ENOSYS = 38 };
enum { RIGHT_READ = 1, RIGHT_WRITE = 2 };
enum { KIND_NONE = 0, KIND_ENDPOINT = 1, KIND_SHM = 2, KIND_PIPE = 7 };

/* Results x0 to x5 of the last call. */
static u64 out[6];

static i64 call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register u64 x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  register u64 x8 __asm__("x8") = number;
  __asm__ volatile("svc #0"
                   : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                   : "r"(x8)
                   : "memory");
  out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3, out[4] = x4, out[5] = x5;
  return (i64)x0;
}
#define CALL0(n) call(n, 0, 0, 0, 0, 0, 0)
#define CALL1(n, a) call(n, (u64)(a), 0, 0, 0, 0, 0)
#define CALL2(n, a, b) call(n, (u64)(a), (u64)(b), 0, 0, 0, 0)
#define CALL3(n, a, b, c) call(n, (u64)(a), (u64)(b), (u64)(c), 0, 0, 0)

static u64 length(const char *text) {
  u64 n = 0;
  while (text[n]) n++;
  return n;
}

static void say(const char *text) { CALL3(WRITE, 1, text, length(text)); }

static void number(i64 value) {
  char digits[24];
  int at = 24;
  u64 rest = value < 0 ? -(u64)value : (u64)value;
  digits[--at] = 0;
  do digits[--at] = '0' + rest % 10, rest /= 10;
  while (rest);
  if (value < 0) digits[--at] = '-';
  say(digits + at);
}

/* Line "NAME: ok", or what came instead of what was expected. */
static int failures;
static void is(const char *name, i64 found, i64 expected) {
  say(name);
  if (found == expected) {
    say(": ok\n");
    return;
  }
  failures++;
  say(": found ");
  number(found);
  say(", expected ");
  number(expected);
  say("\n");
}

/* Constant data, zeroed data and initialised data lie in segments of their own. */
static volatile u8 zeroed[300000];
static volatile u64 initialised = 0x1122334455667788;
static const volatile char constant[] = "constant";

static void memory(void) {
  u64 sum = 0;
  for (u64 n = 0; n < sizeof zeroed; n++) sum += zeroed[n];
  is("zeroed data is zero", sum, 0);
  is("initialised data is there", initialised == 0x1122334455667788 && constant[3] == 's', 1);
  u64 end = CALL1(BRK, 0);
  is("the heap grows", CALL1(BRK, end + 8192), end + 8192);
  ((volatile u8 *)end)[8191] = 7;
  is("new heap is zero", ((volatile u8 *)end)[0], 0);
  volatile u64 *pages = (volatile u64 *)CALL3(MMAP, 0, 10000, 3);
  is("fresh pages are mapped", (i64)pages > 0 && pages[0] == 0, 1);
  pages[1249] = 5;
  is("their protection can be changed", CALL3(MPROTECT, pages, 12288, 1), 0);
  CALL0(PIPE);
  u64 reader = out[0], writer = out[1];
  CALL3(WRITE, writer, "text", 4);
  is("a call may not write where the caller may not", CALL3(READ, reader, pages, 4), -EFAULT);
  CALL1(CLOSE, reader), CALL1(CLOSE, writer);
  is("writable and executable together is refused", CALL3(MPROTECT, pages, 12288, 6), -EINVAL);
  is("they are unmapped", CALL1(MUNMAP, pages), 0);
  i64 shm = CALL1(SHMCREATE, 5000);
  is("shared memory is a handle from 64 on", shm >= 64, 1);
  is("it has its kind", CALL1(HANDLE_INFO, shm), KIND_SHM);
  volatile u8 *shared = (volatile u8 *)CALL3(SHMMAP, shm, 0, 0);
  is("it is mapped", (i64)shared > 0 && shared[4999] == 0, 1);
  is("it is unmapped", CALL1(SHMUNMAP, shm), 0);
  is("and closed", CALL1(CLOSE, shm), 0);
  is("a closed handle is none", CALL1(HANDLE_INFO, shm), -EBADF);
}

static void descriptors(void) {
  char buffer[16] = {0};
  i64 reader = CALL0(PIPE), writer = out[1];
  is("a pipe is made", reader >= 0 && writer >= 0, 1);
  is("what is written", CALL3(WRITE, writer, "through", 7), 7);
  is("comes out", CALL3(READ, reader, buffer, 16), 7);
  is("unchanged", buffer[0] == 't' && buffer[6] == 'h' && buffer[7] == 0, 1);
  is("a reader cannot be written", CALL3(WRITE, reader, "x", 1) < 0, 1);
  i64 copy = CALL1(DUP, writer);
  is("a copy writes, too", CALL3(WRITE, copy, "y", 1), 1);
  is("dup2 gives the slot asked for", CALL2(DUP2, reader, 20), 20);
  is("from which can be read", CALL3(READ, 20, buffer, 1), 1);
  is("bad addresses are told of", CALL3(WRITE, writer, 16, 1), -EFAULT);
  is("those of the kernel, too", CALL3(WRITE, writer, 0xffffff8000000000, 1), -EFAULT);
  CALL1(CLOSE, writer), CALL1(CLOSE, copy);
  is("without a writer a pipe ends", CALL3(READ, 20, buffer, 1), 0);
  i64 less = CALL3(HANDLE_COPY, 1, RIGHT_READ, -1);
  is("a copy can have fewer rights", CALL3(WRITE, less, "x", 1), -EPERM);
  is("an empty slot is no handle", CALL3(WRITE, 30, "x", 1), -EBADF);
  is("a number without a call", CALL0(999), -ENOSYS);
}

static void time(void) {
  u64 before = CALL1(CLOCK, 1);
  is("sleeping works", CALL1(NANOSLEEP, 3000000), 0);
  is("and takes its time", CALL1(CLOCK, 1) - before >= 3000000, 1);
  is("a timer is set", CALL2(TIMER_SET, CALL1(CLOCK, 1) + 1000000, 4), 0);
  is("and notifies", CALL1(WAIT_NOTIFY, 4), 4);
  is("yielding works", CALL0(YIELD), 0);
}

/* Floating point survives a switch to other tasks. */
static double halves(double value, int count) {
  for (int n = 0; n < count; n++) {
    value = value / 2 + 1;
    if (n % 10 == 0) CALL0(YIELD);
  }
  return value;
}

/* child.c, an ELF file in the constants of this one. */
__asm__(".section .rodata\n.globl child_begin, child_end\n.balign 16\nchild_begin:\n.incbin \"child\"\nchild_end:\n.previous\n");
extern const u8 child_begin[], child_end[];

static void child(void) {
  static const char arguments[] = "child\0from its parent";
  u64 block[13] = {0};
  block[0] = (u64)arguments, block[1] = sizeof arguments;
  block[6] = -1, block[7] = -1;
  /* Its standard output is a pipe, with all rights. */
  CALL0(PIPE);
  u64 reader = out[0], writer = out[1];
  u64 handles[2] = {1 | writer << 32, 511};
  block[4] = (u64)handles, block[5] = 1;
  i64 task = CALL3(SPAWN, child_begin, child_end - child_begin, block);
  u64 pid = out[1];
  is("a program starts another", task > 0 && (i64)pid > 0, 1);
  CALL1(CLOSE, writer);
  char text[64] = {0};
  u64 got = 0;
  for (i64 n; got < 63 && (n = CALL3(READ, reader, text + got, 63 - got)) > 0;) got += n;
  say(text);
  i64 ended = CALL2(WAIT, task, 0);
  u64 code = out[1], reason = out[2], ended_pid = out[3];
  is("waiting gives its handle", ended, task);
  is("its exit code", code, 42);
  is("that it called EXIT", reason, 0);
  is("and its process id", ended_pid, pid);
  is("which is closed", CALL1(CLOSE, task), 0);
  is("what is no program is refused", CALL3(SPAWN, arguments, 16, 0), -ENOEXEC);
}

static int begin(u64 *start) {
  u64 count = start[0];
  char **arguments = (char **)(start + 1);
  for (u64 n = 0; n < count; n++) {
    say("argument ");
    say(arguments[n]);
    say("\n");
  }
  is("arguments end with 0", (i64)arguments[count], 0);
  is("the start block is aligned as a stack", (u64)start % 16, 0);
  is("getpid gives a number", CALL0(GETPID) > 0, 1);
  memory();
  descriptors();
  time();
  child();
  is("floating point survives", (i64)(halves(100, 1000) * 1000), 2000);
  number(failures);
  say(" failures\n");
  return failures ? 1 : 7;
}

__attribute__((used)) void enter(u64 *start) {
  CALL1(EXIT, begin(start));
  __builtin_trap();
}

__asm__(".globl _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  b enter\n");
