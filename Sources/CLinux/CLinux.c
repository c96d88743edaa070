#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

// linux/pidfd.h as of 6.15; the headers that a program is built with may be older than the kernel that it meets.
#define INFO_EXIT (UINT64_C(1) << 3)
struct process_info {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t pid, tgid, ppid;
    uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};
_Static_assert(sizeof(struct process_info) == 64, "the first published size of struct pidfd_info");
#define GET_INFO _IOWR(0xFF, 11, struct process_info)

int linux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int linux_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int linux_open_process(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int linux_exit_status(int process_descriptor, int *status) {
    struct process_info info;
    memset(&info, 0, sizeof info);
    info.mask = INFO_EXIT;
    if (ioctl(process_descriptor, GET_INFO, &info) != 0 || !(info.mask & INFO_EXIT)) return 0;
    *status = info.exit_code;
    return 1;
}

int linux_look_at_child(pid_t process, struct linux_child_end *end) {
    siginfo_t information;
    struct rusage usage;
    memset(end, 0, sizeof *end);
    memset(&information, 0, sizeof information);
    memset(&usage, 0, sizeof usage);
    if (syscall(SYS_waitid, P_PID, process, &information, WEXITED | WNOHANG | WNOWAIT, &usage) != 0) return -1;
    // Without a change of state the call succeeds and leaves the signal's number zero.
    if (information.si_signo == 0) return 0;
    end->has_ended = 1;
    if (information.si_code == CLD_EXITED) {
        end->code = information.si_status;
    } else {
        end->code = -1;
        end->signal = information.si_status;
    }
    end->peak_kilobytes = usage.ru_maxrss;
    end->cpu_microseconds = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
        + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return 0;
}

int linux_reap_child(pid_t process) {
    siginfo_t information;
    memset(&information, 0, sizeof information);
    if (waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG) != 0) return -1;
    return information.si_signo != 0;
}

int linux_make_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int linux_set_pipe_size(int descriptor, int bytes) { return fcntl(descriptor, F_SETPIPE_SZ, bytes); }

int linux_is_pipe(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -1;
    return S_ISFIFO(status.st_mode);
}

int64_t linux_time_since_start(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// The first object is the program itself; its code can be executed and not written, so nothing there can be lost.
static int give_back_code(struct dl_phdr_info *program, size_t size, void *result) {
    (void)size;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < program->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_X | PF_W)) != PF_X) continue;
        uintptr_t start = (program->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = program->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        *(int *)result = madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 1;
}

int linux_give_back_code(void) {
    int result = -1;
    dl_iterate_phdr(give_back_code, &result);
    return result;
}

int linux_limit_memory_arenas(int count) {
#ifdef M_ARENA_MAX
    return mallopt(M_ARENA_MAX, count);
#else
    (void)count;
    return 0;
#endif
}
