// Threads walk along a list, each holding one node until it has the next one: always forward.
// expect: no finding
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Node {
  std::mutex mutex;
  int value = 0;
  std::unique_ptr<Node> next;
};

void Walk(Node* node) {
  node->mutex.lock();
  while (node->next) {
    Node* const next = node->next.get();
    next->mutex.lock();
    ++next->value;
    node->mutex.unlock();
    node = next;
  }
  node->mutex.unlock();
}

int main() {
  Node head;
  for (int i = 0; i < 20; ++i) {
    auto node = std::make_unique<Node>();
    node->next = std::move(head.next);
    head.next = std::move(node);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(Walk, &head);
  for (std::thread& thread : threads) thread.join();
}
