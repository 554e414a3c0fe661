#include "tests/golden.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"

namespace lockdep {

std::string Golden(const std::string& file_name, const std::string& actual) {
  const std::string path = std::string(LOCKDEP_GOLDEN_DIR) + '/' + file_name;
  const char* const update = std::getenv("LOCKDEP_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream file(path, std::ios::binary);
    file << actual;
    file.close();
    if (!file) FAIL("cannot write " << path);
    return actual;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) FAIL("cannot read " << path << "; LOCKDEP_UPDATE_GOLDEN=1 writes it");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace lockdep
