int word(void) { return 3; }
