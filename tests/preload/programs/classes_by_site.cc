// Locks that are made at one place, nested both ways, but never the same two: a note, where the user wants it.
// expect: no finding
// run: --classes site
// note: by classes of locks: circular
#include <pthread.h>

#include <thread>

struct Tree {
  Tree() { pthread_mutex_init(&lock, nullptr); }
  pthread_mutex_t lock;
};
struct Node {
  Node() { pthread_mutex_init(&lock, nullptr); }
  pthread_mutex_t lock;
};

void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}

int main() {
  auto* const trees = new Tree[2];
  auto* const nodes = new Node[2];
  std::thread one([=] { Both(&trees[0].lock, &nodes[0].lock); });
  one.join();
  std::thread two([=] { Both(&nodes[1].lock, &trees[1].lock); });
  two.join();
  delete[] trees;
  delete[] nodes;
}
