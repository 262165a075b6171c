/*
 * Executes code snippets on given registers and memory: the reference side of the random differential test, run under
 * qemu-aarch64-static (or on an AArch64 host).
 *
 * Reads batches from standard input until its end: a header, the code of all snippets, then a record a snippet; writes
 * the records back with the state at the exception that ended each snippet. Every register of a snippet, the stack
 * pointer included, is its own: snippets are entered and left by changing the context that a signal handler returns to.
 * See record.ts for the layout.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { CODE_BYTES = 0x40000, WINDOW_BYTES = 512, LIMIT = 4096 };
#define CODE ((uint8_t *)0x40100000)
#define DATA ((uint8_t *)0x40180000)
#define WINDOW (DATA + 4096 - WINDOW_BYTES / 2)

struct header {
  uint32_t count, code_bytes;
};

struct record {
  uint64_t x[31], sp, pc;
  uint32_t nzcv, fpcr, fpsr, signal;
  uint8_t v[32][16];
  uint8_t window[WINDOW_BYTES];
};

static struct record records[LIMIT];
static struct header header;
static uint32_t next;
static mcontext_t home;

static struct fpsimd_context *vectors(mcontext_t *context) {
  return (struct fpsimd_context *)context->__reserved;
}

static void save(struct record *to, mcontext_t *from, int signal) {
  struct fpsimd_context *fp = vectors(from);
  if (fp->head.magic != FPSIMD_MAGIC) abort();
  for (int i = 0; i < 31; i++) to->x[i] = from->regs[i];
  to->sp = from->sp;
  to->pc = from->pc;
  to->nzcv = (uint32_t)from->pstate & 0xf0000000;
  to->fpcr = fp->fpcr;
  to->fpsr = fp->fpsr;
  to->signal = (uint32_t)signal;
  memcpy(to->v, fp->vregs, sizeof to->v);
  memcpy(to->window, WINDOW, WINDOW_BYTES);
}

static void enter(mcontext_t *to, const struct record *from) {
  struct fpsimd_context *fp = vectors(to);
  for (int i = 0; i < 31; i++) to->regs[i] = from->x[i];
  to->sp = from->sp;
  to->pc = from->pc;
  to->pstate = (to->pstate & ~0xf0000000ull) | from->nzcv;
  fp->fpcr = from->fpcr;
  fp->fpsr = from->fpsr;
  memcpy(fp->vregs, from->v, sizeof from->v);
  memcpy(WINDOW, from->window, WINDOW_BYTES);
}

static int running;

static void step(int signal, siginfo_t *info, void *context) {
  mcontext_t *now = &((ucontext_t *)context)->uc_mcontext;
  (void)info;
  if (running) {
    save(&records[next++], now, signal);
  } else {
    running = 1;
    home = *now;
    home.pc += 4;
  }
  if (next < header.count) {
    enter(now, &records[next]);
  } else {
    running = 0;
    *now = home;
  }
}

static void *map(void *at, size_t bytes, int protection) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  void *got = mmap(at, bytes, protection, flags, -1, 0);
  if (got != at) abort();
  return got;
}

int main(void) {
  static uint8_t code[CODE_BYTES];
  static uint8_t stack[1 << 16];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  const int signals[] = {SIGTRAP, SIGILL, SIGBUS, SIGSEGV};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
  map(DATA, 8192, PROT_READ | PROT_WRITE);
  while (fread(&header, sizeof header, 1, stdin) == 1) {
    if (header.count > LIMIT || header.code_bytes > CODE_BYTES) return 1;
    if (fread(code, 1, header.code_bytes, stdin) != header.code_bytes) return 1;
    if (fread(records, sizeof *records, header.count, stdin) != header.count) return 1;
    /* Fresh pages: translations of the last batch go with the old ones. */
    map(CODE, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC);
    memcpy(CODE, code, header.code_bytes);
    __builtin___clear_cache((char *)CODE, (char *)CODE + header.code_bytes);
    next = 0;
    /* BRK: the handler takes over from here and comes back behind it. */
    __asm__ volatile("brk #0" ::: "memory");
    if (fwrite(records, sizeof *records, header.count, stdout) != header.count) return 1;
  }
  return 0;
}
