#include <stdio.h>

int twice(int);

int main(void) {
  printf("%s %d\n", GREETING, twice(3));
  return 0;
}
