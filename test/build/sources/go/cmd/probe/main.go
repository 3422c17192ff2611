package main

import (
	"fmt"
	"runtime"

	"probe/words"
)

func main() {
	_, file, _, _ := runtime.Caller(0)
	fmt.Println(words.Word(), runtime.GOARCH, file)
}
