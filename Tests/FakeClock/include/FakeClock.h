/// Loaded before the C library (LD_PRELOAD), it lets the wall clock of one program jump; other clocks stay true.
///
/// `INGOT_FAKE_CLOCK` names a file that holds the offset from the true time in seconds, as decimal digits. It is read
/// at each call.
#ifndef INGOT_FAKE_CLOCK_H
#define INGOT_FAKE_CLOCK_H
#endif
