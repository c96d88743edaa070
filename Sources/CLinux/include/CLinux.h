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

/// A limit of a process (setrlimit(2)).
struct linux_limit {
    int resource;
    uint64_t soft, hard;
};

/// A process that is to be started, as the leader of a session.
struct linux_process_start {
    /// The path of the program.
    const char *program;
    /// Its words and its environment, each ended by NULL.
    char **arguments;
    char **environment;
    /// Where it works.
    const char *folder;
    /// The descriptors that become its standard input, and both its standard output and error. It gets no others.
    int input, output;
    /// Held from its first instruction on. One that is refused leaves the one that is there.
    const struct linux_limit *limits;
    int limit_count;
    /// The files `tasks` of control groups of version 1, opened for writing, 64 at most, which it enters before it is the
    /// program.
    const int *groups;
    int group_count;
    /// The folder of a control group of version 2, in which it begins; -1 for none.
    int unified_group;

    /// Set by the start: which of `groups` have not taken it, one bit each.
    uint64_t refused_groups;
    /// Set by the start: whether it has begun in `unified_group`.
    int is_in_unified_group;
    /// Set by the start: what went wrong after the process was there.
    int child_error;
};

/// Starts a process and returns its number once it is the program.
///
/// It is made as by vfork(2): nothing of this process is copied, however large it is, and only the calling thread waits.
pid_t linux_start_process(struct linux_process_start *spawn);

/// Makes a pipe whose ends are closed at an exec (pipe2(2)): the one to read from, the one to write to.
int linux_make_pipe(int ends[2]);

/// Sets how many bytes a pipe holds at least, and returns how many it does (F_SETPIPE_SZ).
int linux_set_pipe_size(int descriptor, int bytes);

/// 1 when the descriptor is a pipe, 0 when it is something else.
int linux_is_pipe(int descriptor);

/// The nanoseconds since the machine was started, also those that it was suspended: a clock that nobody sets.
int64_t linux_time_since_start(void);

/// Gives back the memory in which the program's own code lies (MADV_DONTNEED); what runs on is read again from the file.
int linux_give_back_code(void);

/// Limits from how many regions memory is given out (M_ARENA_MAX of mallopt(3)). Returns 1 where that can be limited.
int linux_limit_memory_arenas(int count);

#endif
