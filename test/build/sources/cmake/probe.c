#include <stdio.h>

const char *word(void);

int main(void) {
  printf("%s from %s\n", word(), __FILE__);
  return 0;
}
