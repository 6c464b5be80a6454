// Loaded with LD_PRELOAD: every fsync and fdatasync takes SLOW_FSYNC_US microseconds longer (default 2000), as on a
// network disk. Shows what group commit is worth.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void pause_first(void) {
  const char* given = getenv("SLOW_FSYNC_US");
  const long us = given ? atol(given) : 2000;
  const struct timespec pause = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&pause, NULL);
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  pause_first();
  return real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  pause_first();
  return real(fd);
}
