// The rules that come with the project (know/*.know), compiled in, so that a command finds them wherever it is
// installed.
//
// Thread-safe: constant data.
#ifndef LOCKDEP_KERNEL_KNOW_SETS_H_
#define LOCKDEP_KERNEL_KNOW_SETS_H_

#include <optional>
#include <string_view>
#include <vector>

namespace lockdep::kernel {

// The text of know/NAME.know; nothing if there is none.
std::optional<std::string_view> KnowSet(std::string_view name);

// In alphabetical order.
std::vector<std::string_view> KnowSetNames();

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_KNOW_SETS_H_
