// Child processes that a test starts, talks to and kills, or forks.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

namespace tests {

/// This test binary once more, running the one test named: `suite.DISABLED_name`, which is the child's program. It gets
/// `variables` in its environment, `reports` as descriptor 3 if it is not negative, and a standard input that ends when
/// this object does.
class child_process {
public:
  child_process(const std::string& test, const std::map<std::string, std::string>& variables, int reports = -1);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  /// At once, whatever it does.
  void kill();
  /// Ends its standard input and waits; true if it ended by itself and its test passed.
  bool finish();

private:
  int wait();

  pid_t id_{-1};
  int input_{-1};
};

/// A pipe whose ends no child inherits by itself.
struct pipe_ends {
  pipe_ends();
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  ~pipe_ends();
  void close_writer();

  int reader{-1};
  int writer{-1};
};

/// In a child: returns when the parent wants it to end, or is gone.
void wait_for_parent();

int start_child(int (*body)(void*), void* context);
int wait_for_child(int child);
/// Runs `body` in a child process made by fork(), and gives what it returns; -1 if a signal ended it.
template <class Body>
int in_child(Body body) {
  const auto child = start_child([](void* context) { return (*static_cast<Body*>(context))(); }, &body);
  return wait_for_child(child);
}

}  // namespace tests
