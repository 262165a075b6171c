/*
 * Executes single instructions on given registers: the reference side of the floating-point differential test, run under
 * qemu-aarch64-static (or on an AArch64 host).
 *
 * Reads records from standard input until its end, and writes each back with the state after its instruction. An
 * instruction may name the registers 0-3, 16-19 and 28-31 (as a general register, 31 is zero). It must neither access
 * memory nor branch. Instructions are laid out in batches, since each write to code that ran costs a retranslation.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { BATCH = 4096, REGISTERS = 12 };

struct record {
  uint32_t word; /* in: the instruction; out: 1 if it was undefined, else 0 */
  uint32_t fpcr;
  uint32_t nzcv; /* in bits 31 to 28 */
  uint32_t fpsr;
  uint64_t x[REGISTERS]; /* X0-X3, X16-X19, X28-X30, nothing */
  uint8_t v[REGISTERS][16];
};

void execute(struct record *state, const void *code);

/* x20 holds the record and x21 the code; neither is among the registers an instruction may name. */
__asm__(
    ".text\n"
    ".globl execute\n"
    "execute:\n"
    "  stp x29, x30, [sp, #-176]!\n"
    "  stp x19, x20, [sp, #16]\n"
    "  stp x21, x22, [sp, #32]\n"
    "  stp x27, x28, [sp, #48]\n"
    "  stp d8, d9, [sp, #64]\n"
    "  stp d10, d11, [sp, #80]\n"
    "  stp d12, d13, [sp, #96]\n"
    "  stp d14, d15, [sp, #112]\n"
    "  mov x20, x0\n"
    "  mov x21, x1\n"
    "  ldp w22, w27, [x20, #8]\n"
    "  ldr w0, [x20, #4]\n"
    "  msr fpcr, x0\n"
    "  msr fpsr, x27\n"
    "  add x0, x20, #112\n"
    "  ldp q0, q1, [x0]\n"
    "  ldp q2, q3, [x0, #32]\n"
    "  ldp q16, q17, [x0, #64]\n"
    "  ldp q18, q19, [x0, #96]\n"
    "  ldp q28, q29, [x0, #128]\n"
    "  ldp q30, q31, [x0, #160]\n"
    "  msr nzcv, x22\n"
    "  ldp x2, x3, [x20, #32]\n"
    "  ldp x16, x17, [x20, #48]\n"
    "  ldp x18, x19, [x20, #64]\n"
    "  ldp x28, x29, [x20, #80]\n"
    "  ldp x0, x1, [x20, #16]\n"
    "  adr x22, 1f\n"
    "  ldr x30, [x20, #96]\n"
    "  br x21\n"
    "1:\n"
    "  stp x0, x1, [x20, #16]\n"
    "  stp x2, x3, [x20, #32]\n"
    "  stp x16, x17, [x20, #48]\n"
    "  stp x18, x19, [x20, #64]\n"
    "  stp x28, x29, [x20, #80]\n"
    "  str x30, [x20, #96]\n"
    "  mrs x1, nzcv\n"
    "  mrs x2, fpsr\n"
    "  stp w1, w2, [x20, #8]\n"
    "  add x0, x20, #112\n"
    "  stp q0, q1, [x0]\n"
    "  stp q2, q3, [x0, #32]\n"
    "  stp q16, q17, [x0, #64]\n"
    "  stp q18, q19, [x0, #96]\n"
    "  stp q28, q29, [x0, #128]\n"
    "  stp q30, q31, [x0, #160]\n"
    "  msr fpcr, xzr\n"
    "  msr fpsr, xzr\n"
    "  ldp d14, d15, [sp, #112]\n"
    "  ldp d12, d13, [sp, #96]\n"
    "  ldp d10, d11, [sp, #80]\n"
    "  ldp d8, d9, [sp, #64]\n"
    "  ldp x27, x28, [sp, #48]\n"
    "  ldp x21, x22, [sp, #32]\n"
    "  ldp x19, x20, [sp, #16]\n"
    "  ldp x29, x30, [sp], #176\n"
    "  ret\n");

static volatile int undefined;

static void skip(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  undefined = 1;
  ((ucontext_t *)context)->uc_mcontext.pc += 4;
}

int main(void) {
  static struct record records[BATCH];
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, 0);
  uint32_t *code = mmap(0, BATCH * 8, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 1;
  size_t count;
  while ((count = fread(records, sizeof records[0], BATCH, stdin)) != 0) {
    for (size_t i = 0; i < count; i++) {
      code[2 * i] = records[i].word;
      code[2 * i + 1] = 0xd61f02c0; /* br x22 */
    }
    __builtin___clear_cache((char *)code, (char *)(code + 2 * count));
    for (size_t i = 0; i < count; i++) {
      undefined = 0;
      execute(&records[i], code + 2 * i);
      records[i].word = (uint32_t)undefined;
    }
    if (fwrite(records, sizeof records[0], count, stdout) != count) return 1;
  }
  return 0;
}
