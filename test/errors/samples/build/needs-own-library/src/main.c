int word(void);
int main(void) { return word(); }
