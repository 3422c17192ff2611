const char *word(void) {
#ifdef LOUD
  return "HELLO";
#else
  return "hello";
#endif
}
