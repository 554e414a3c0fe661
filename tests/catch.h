// The one place that knows which Catch2 is installed: 2.13 (Debian 12) or 3.
#ifndef TESTS_CATCH_H_
#define TESTS_CATCH_H_

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif

#endif  // TESTS_CATCH_H_
