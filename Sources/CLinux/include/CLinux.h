/// What Linux offers only through variadic or raw calls, as plain functions.
///
/// Each returns -1 and sets errno when the kernel refuses, unless it says otherwise.
#ifndef INGOT_CLINUX_H
#define INGOT_CLINUX_H

#include <stdint.h>
// Swift's module of the C library leaves epoll out.
#include <sys/epoll.h>
#include <sys/types.h>

/// Makes this process the parent of whatever its descendants leave behind (PR_SET_CHILD_SUBREAPER).
int linux_become_subreaper(void);

/// Keeps this process and all that it starts from gaining privileges by an exec (PR_SET_NO_NEW_PRIVS).
int linux_forbid_new_privileges(void);

/// A descriptor that becomes readable when the process ends (pidfd_open(2)); closed at an exec.
int linux_open_process(pid_t process);

/// How a process ended, asked of a descriptor of it (PIDFD_GET_INFO); also for one that is no child of this process.
///
/// Returns 1 and sets `status`, in wait(2)'s form; 0 when the kernel does not know: it is older than 6.15, or nobody
/// has waited for the process yet.
int linux_exit_status(int process_descriptor, int *status);

/// What a child that has ended used, with all children that it waited for.
struct linux_child_end {
    /// Whether it has ended.
    int has_ended;
    /// The exit code, or -1 when a signal ended it.
    int code;
    /// The signal's number, or 0.
    int signal;
    /// Largest resident size of any of them, in KiB.
    int64_t peak_kilobytes;
    /// Processor time of all of them, in microseconds.
    int64_t cpu_microseconds;
};

/// Looks at a child without waiting for it or reaping it (the raw waitid(2), whose fifth argument libc leaves out).
int linux_look_at_child(pid_t process, struct linux_child_end *end);

/// Reaps a child that has ended, without waiting. Returns 1 if it did.
int linux_reap_child(pid_t process);

/// Sets a limit of another process (prlimit(2)).
int linux_set_limit(pid_t process, int resource, uint64_t soft, uint64_t hard);

/// Sets how many bytes a pipe holds (F_SETPIPE_SZ).
int linux_set_pipe_size(int descriptor, int bytes);

/// 1 when the descriptor is a pipe, 0 when it is something else.
int linux_is_pipe(int descriptor);

/// The nanoseconds since the machine was started, also those that it was suspended: a clock that nobody sets.
int64_t linux_time_since_start(void);

/// Limits from how many regions memory is given out (M_ARENA_MAX of mallopt(3)). Returns 1 where that can be limited.
int linux_limit_memory_arenas(int count);

#endif
