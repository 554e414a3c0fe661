// Keeps a large array from reserving twice what it holds.
#ifndef LOCKDEP_GROW_BY_HALF_H_
#define LOCKDEP_GROW_BY_HALF_H_

#include <vector>

namespace lockdep {

// Makes room for one more element; a full array grows by half, where std::vector would double.
template <typename T>
void GrowByHalf(std::vector<T>& array) {
  if (array.size() == array.capacity()) array.reserve(array.size() + array.size() / 2 + 8);
}

}  // namespace lockdep

#endif  // LOCKDEP_GROW_BY_HALF_H_
