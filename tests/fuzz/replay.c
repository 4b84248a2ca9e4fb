/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs each file of a corpus (CORPUS, a directory) through a fuzz target without libFuzzer. Each file
 * runs in its own process, so that a crash can be reported with the name of the file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *path)
{
    static uint8_t data[65536];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        return EXIT_FAILURE;
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(data, size) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int replay(const char *name)
{
    char path[512];
    int status = -1;
    pid_t child;

    snprintf(path, sizeof path, CORPUS "/%s", name);
    child = fork();
    if (child == 0)
        exit(run(path));
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
        return 1;
    fprintf(stderr, "%s: failed\n", path);
    return 0;
}

int main(void)
{
    DIR *directory = opendir(CORPUS);
    const struct dirent *entry;
    int count = 0, failed = 0;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (*entry->d_name == '.')
            continue;
        count++;
        failed += !replay(entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    printf("Replayed " CORPUS ": %d files\n", count);
    return count > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
