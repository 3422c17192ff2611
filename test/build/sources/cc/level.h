#define LEVEL 3
