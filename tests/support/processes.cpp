#include "support/processes.hpp"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tests {

namespace {

[[noreturn]] void fail(const char* what, int reason) { throw std::system_error(reason, std::system_category(), what); }

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

pipe_ends::pipe_ends() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe", errno);
  reader = ends[0];
  writer = ends[1];
}

pipe_ends::~pipe_ends() {
  if (reader >= 0) close(reader);
  close_writer();
}

void pipe_ends::close_writer() {
  if (writer >= 0) close(std::exchange(writer, -1));
}

child_process::child_process(const std::string& test, const std::map<std::string, std::string>& variables,
                             int reports) {
  pipe_ends input;
  std::vector<std::string> arguments{"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=" + test,
                                     "--gtest_brief=1"};
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.reader, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);  // what it says is of use only when something is wrong
  if (reports >= 0) posix_spawn_file_actions_adddup2(&actions, reports, 3);
  const int failed = posix_spawn(&id_, arguments.front().c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                 pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) fail("posix_spawn", failed);
  input_ = std::exchange(input.writer, -1);
}

child_process::~child_process() { kill(); }

void child_process::kill() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  wait();
}

bool child_process::finish() {
  if (id_ <= 0) return false;
  close(std::exchange(input_, -1));
  const int status = wait();
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int child_process::wait() {
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  if (input_ >= 0) close(std::exchange(input_, -1));
  return status;
}

void wait_for_parent() {
  char ignored{};
  while (read(0, &ignored, 1) > 0) {
  }
}

int start_child(int (*body)(void*), void* context) {
  const auto child = fork();
  if (child != 0) return child;
  int result = 99;
  try {
    result = body(context);
  } catch (...) {  // it must not unwind into the parent's tests
  }
  _exit(result);
}

int wait_for_child(int child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace tests
