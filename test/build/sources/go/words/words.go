package words

// Word is what the program says.
func Word() string { return "hello" }
