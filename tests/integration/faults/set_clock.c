/* Preloaded into a process, gives it a clock that is ahead by the seconds that stand in the file
   named by CLOCK_OFFSET_FILE. The steady clock, and all waiting, stay as they are. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *moment) {
    int failed = syscall(SYS_clock_gettime, clock, moment);
    const char *path = clock == CLOCK_REALTIME ? getenv("CLOCK_OFFSET_FILE") : NULL;
    FILE *file = path && !failed ? fopen(path, "re") : NULL;
    long offset = 0;
    if (file) {
        if (fscanf(file, "%ld", &offset) == 1) moment->tv_sec += offset;
        fclose(file);
    }
    return failed;
}
