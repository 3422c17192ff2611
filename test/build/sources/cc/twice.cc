#include <vector>

extern "C" int twice(int x) { return static_cast<int>(std::vector<int>(static_cast<unsigned long>(x)).size()) * 2; }
