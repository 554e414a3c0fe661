// Two classes are nested both ways, but by different locks: a note, and no finding.
// expect: no finding
// note: by classes of locks: circular: node -> tree -> node
#include <mutex>
#include <thread>

#include "lockdep/annotate.h"

std::mutex trees[2];
std::mutex nodes[2];

int main() {
  for (std::mutex& tree : trees) lockdep_class(&tree, "tree");
  for (std::mutex& node : nodes) lockdep_class(&node, "node");
  std::thread one([] {
    const std::lock_guard<std::mutex> tree(trees[0]);
    const std::lock_guard<std::mutex> node(nodes[0]);
  });
  std::thread two([] {
    const std::lock_guard<std::mutex> node(nodes[1]);
    const std::lock_guard<std::mutex> tree(trees[1]);
  });
  one.join();
  two.join();
}
