#include <math.h>
#include <stdio.h>
#include "level.h"

int twice(int);

int main(int argc, char **argv) {
  (void)argv;
  printf("%s %d %.0f\n", __FILE__, twice(LEVEL), floor(argc + 0.5));
  return 0;
}
