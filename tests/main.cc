// Runs the tests; compiled once, because Catch2 2 puts its whole implementation here.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "tests/catch.h"

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
