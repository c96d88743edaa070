#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP UINT64_C(0x200000000)
#endif

// linux/sched.h as of 5.7; the headers that a program is built with may be older than the kernel that it meets.
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

// What the child's few calls need is a few hundred bytes; execve(2) has its own.
#define STACK_SIZE (64 * 1024)

// What runs before the program does: in the memory of the parent, whose thread stands still meanwhile. So nothing here
// may take a lock or memory, and what the parent is to know is written where it looks.
static int become_program(void *given) {
    struct linux_process_start *spawn = given;
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    // Handlers are the parent's code, and what is ignored would stay so in the program. Those that cannot be set refuse.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    if (setsid() < 0) goto failed;
    for (int index = 0; index < spawn->group_count; index++) {
        // "0" is the thread that writes. It is the only case in which the kernel does not stop all forks and exits of
        // the machine for it, which takes 10 ms.
        if (write(spawn->groups[index], "0", 1) != 1) spawn->refused_groups |= UINT64_C(1) << index;
    }
    // Out of the way of the numbers that they are to have.
    int input = fcntl(spawn->input, F_DUPFD_CLOEXEC, 3);
    int output = fcntl(spawn->output, F_DUPFD_CLOEXEC, 3);
    if (input < 0 || output < 0) goto failed;
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) goto failed;
    if (syscall(SYS_close_range, 3, UINT_MAX, 0) != 0) {
        // Before 5.9. Everything that is opened here is closed by an exec anyway.
        for (int number = 3; number < 1024; number++) close(number);
    }
    // Last, as the parent may have more files open than the program may.
    for (int index = 0; index < spawn->limit_count; index++) {
        const struct linux_limit *limit = &spawn->limits[index];
        const struct rlimit value = {limit->soft, limit->hard};
        // One that is refused (above what the parent may give) leaves the one that is there, which is lower.
        (void)setrlimit((__rlimit_resource_t)limit->resource, &value);
    }
    if (chdir(spawn->folder) != 0) goto failed;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(spawn->program, spawn->arguments, spawn->environment);
failed:
    spawn->child_error = errno;
    _exit(127);
}

// clone3(2), which libc does not offer, with a stack of the child's own. Returns the child's number, or -errno.
static long start_on_stack(struct clone_arguments *arguments, struct linux_process_start *spawn) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile(
        "syscall\n\t"
        "testq %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        // The child, on its own stack: there is no frame to return to.
        "xorl %%ebp, %%ebp\n\t"
        "movq %[spawn], %%rdi\n\t"
        "callq *%[entry]\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "a"((long)SYS_clone3), "D"(arguments), "S"(sizeof *arguments), [spawn] "r"(spawn), [entry] "r"(become_program)
        : "rcx", "r11", "memory", "cc");
    return result;
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone3;
    register void *first __asm__("x0") = arguments;
    register long second __asm__("x1") = sizeof *arguments;
    __asm__ volatile(
        "svc #0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x29, xzr\n\t"
        "mov x0, %[spawn]\n\t"
        "blr %[entry]\n\t"
        "brk #1\n"
        "1:"
        : "+r"(first)
        : "r"(number), "r"(second), [spawn] "r"(spawn), [entry] "r"(become_program)
        : "memory", "cc", "x30");
    return (long)first;
#else
    (void)arguments;
    (void)spawn;
    return -ENOSYS;
#endif
}

pid_t linux_start_process(struct linux_process_start *spawn) {
    char *stack = malloc(STACK_SIZE);
    if (!stack) return -1;
    sigset_t all, before;
    sigfillset(&all);
    spawn->refused_groups = 0;
    spawn->child_error = 0;
    spawn->is_in_unified_group = 0;
    // A handler must not run in the child, where it would change what the parent has.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    long child = -ENOSYS;
    if (spawn->unified_group >= 0) {
        struct clone_arguments arguments;
        memset(&arguments, 0, sizeof arguments);
        arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP;
        arguments.exit_signal = SIGCHLD;
        arguments.stack = (uint64_t)(uintptr_t)stack;
        arguments.stack_size = STACK_SIZE;
        arguments.cgroup = (uint64_t)spawn->unified_group;
        child = start_on_stack(&arguments, spawn);
        spawn->is_in_unified_group = child > 0;
    }
    // Kernels before 5.7, filters of containers that do not know the call, and groups that do not let it in.
    if (child < 0 && spawn->child_error == 0) {
        child = clone(become_program, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, spawn);
        if (child < 0) child = -errno;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(stack);
    if (child < 0) {
        errno = (int)-child;
        return -1;
    }
    if (spawn->child_error != 0) {
        while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR) {}
        errno = spawn->child_error;
        return -1;
    }
    return (pid_t)child;
}
