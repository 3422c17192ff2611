fn main() {
    println!("hello from {}", file!());
}
