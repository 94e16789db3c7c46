#include "explore/core/handoff.h"

#include "explore/core/sys.h"

#include <elf.h>
#include <stddef.h>
#include <sys/auxv.h>

#if defined(__x86_64__)

#define HWCAP2_FSGSBASE 2ul    /* arch/x86/include/uapi/asm/hwcap2.h */
#define ARCH_SET_FS     0x1002 /* arch/x86/include/uapi/asm/prctl.h */

_Static_assert(offsetof(struct ts_context, sp) == 0 && offsetof(struct ts_context, fs_base) == 8 &&
                   offsetof(struct ts_context, resume) == 16 && offsetof(struct ts_context, parked) == 20,
               "the assembly below knows the layout");

/* A processor may have the instructions and the kernel not know: it then forgets what they wrote when it
 * switches threads. So it is the kernel's word that counts. */
static bool usable(void)
{
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
}

static bool call_usable(void)
{
    uintptr_t own;
    __asm__("mov %%fs:0, %0" : "=r"(own));
    return ts_sys4(SYS_arch_prctl, ARCH_SET_FS, (long)own, 0, 0) == 0;
}

/*
 * Saves what a call must preserve, floating point control included, and goes on where `to` was saved. Loading
 * floating point control is dear and hardly ever needed: only when it differs. LOAD_FS takes the FS base from
 * 8(%rbx); a system call overwrites rax, rcx and r11.
 */
#define SWAP(LOAD_FS)                                                                                        \
    __asm__("push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"                        \
            "sub $8, %rsp\n stmxcsr (%rsp)\n fnstcw 4(%rsp)\n"                                               \
            "mov (%rsp), %r12d\n movzwl 4(%rsp), %r13d\n"                                                    \
            "mov %rsp, (%rdi)\n"                                                                             \
            "mov %rsi, %rbx\n" LOAD_FS "mov (%rbx), %rsp\n"                                                  \
            "cmp %r12d, (%rsp)\n jne 1f\n cmp %r13w, 4(%rsp)\n jne 1f\n"                                     \
            "2: add $8, %rsp\n"                                                                              \
            "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n"                              \
            "ret\n"                                                                                          \
            "1: ldmxcsr (%rsp)\n fldcw 4(%rsp)\n jmp 2b\n")

__attribute__((naked)) static void swap(struct ts_context *from __attribute__((unused)),
                                        struct ts_context *to __attribute__((unused)))
{
    SWAP("mov 8(%rbx), %rax\n wrfsbase %rax\n");
}

/* 158: arch_prctl; 0x1002: ARCH_SET_FS. */
__attribute__((naked)) static void call_swap(struct ts_context *from __attribute__((unused)),
                                             struct ts_context *to __attribute__((unused)))
{
    SWAP("mov 8(%rbx), %rsi\n mov $0x1002, %edi\n mov $158, %eax\n syscall\n");
}

/*
 * The kernel thread waits here for as long as its pthread lives. It must not touch its stack meanwhile, on
 * which the carrier goes on: everything is in registers. When it is resumed, it goes on where the carrier
 * has left off. 202: futex; 129: wake, 128: wait, both private.
 */
__attribute__((naked)) static void park(struct ts_context *self __attribute__((unused)))
{
    __asm__("push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
            "sub $8, %rsp\n stmxcsr (%rsp)\n fnstcw 4(%rsp)\n"
            "mov %rsp, (%rdi)\n"
            "mov %rdi, %rbx\n"
            "movl $1, 20(%rbx)\n"
            "lea 20(%rbx), %rdi\n mov $129, %esi\n mov $1, %edx\n xor %r10d, %r10d\n"
            "mov $202, %eax\n syscall\n"
            "1: mov 16(%rbx), %eax\n test %eax, %eax\n jnz 2f\n"
            "lea 16(%rbx), %rdi\n mov $128, %esi\n xor %edx, %edx\n xor %r10d, %r10d\n"
            "mov $202, %eax\n syscall\n jmp 1b\n"
            "2: mov (%rbx), %rsp\n"
            "ldmxcsr (%rsp)\n fldcw 4(%rsp)\n add $8, %rsp\n"
            "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n"
            "ret\n");
}

/* The carrier leaves `from` saved; whoever runs next tells its kernel thread to go on with it. */
const struct ts_handoff ts_handoff_fsbase = {
    .name = "fsbase", .usable = usable, .park = park, .swap = swap, .leave = swap};

const struct ts_handoff ts_handoff_fscall = {
    .name = "fsbase", .usable = call_usable, .park = park, .swap = call_swap, .leave = call_swap};

#else

static bool usable(void)
{
    return false;
}

const struct ts_handoff ts_handoff_fsbase = {.name = "fsbase", .usable = usable};
const struct ts_handoff ts_handoff_fscall = {.name = "fsbase", .usable = usable};

#endif
