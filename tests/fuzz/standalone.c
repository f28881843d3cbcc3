/* standalone: a target over every file of its corpus, without libFuzzer: the plain test that each target is too, in
 * every build. A file that fails ends the program by abort, after its name was said. Neighbours: fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED_BYTES = 1024 * 1024 };

static int is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* An exact copy on the heap, so that a sanitizer sees a read past its end. */
static int run_file(const char *folder, const char *name)
{
	uint8_t *data = malloc(SEED_BYTES);
	char path[4096];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (data == NULL || (f = fopen(path, "rb")) == NULL) {
		free(data);
		perror(path);
		return -1;
	}
	n = fread(data, 1, SEED_BYTES, f);
	fclose(f);
	fprintf(stderr, "%s\n", path);
	if ((data = realloc(data, n > 0 ? n : 1)) == NULL)
		return -1;
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

static int run_folder(const char *folder)
{
	struct dirent **files;
	int n = scandir(folder, &files, is_file, alphasort), failed = 0;

	if (n <= 0) {
		fprintf(stderr, "%s: no seeds\n", folder);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		failed |= run_file(folder, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		failed |= run_folder(argv[i]);
	return failed != 0;
}
