// Numbers that `lockdep run` passes on to the recorder.
#ifndef LOCKDEP_PRELOAD_ENVIRONMENT_H_
#define LOCKDEP_PRELOAD_ENVIRONMENT_H_

#include <cstdint>
#include <cstdlib>

namespace lockdep::preload {

// Of a variable of the environment; 0 if it is not there, or is no number.
inline std::uint64_t NumberFromEnvironment(const char* name) {
  const char* at = std::getenv(name);
  if (at == nullptr) return 0;
  std::uint64_t number = 0;
  for (; *at >= '0' && *at <= '9' && number < std::uint64_t{1} << 59; ++at) {
    number = number * 10 + static_cast<std::uint64_t>(*at - '0');
  }
  return *at == '\0' ? number : 0;
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_ENVIRONMENT_H_
