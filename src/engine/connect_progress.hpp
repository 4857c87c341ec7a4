// How far an attempt to connect has come, for who gives up waiting for it.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace tidb::detail {

/// Thread-safe.
class connect_progress {
public:
  /// In words, what is waited for; empty if that is not known.
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return words_ ? words_() : std::string();
  }
  void set(std::function<std::string()> words) {
    const std::lock_guard lock(mutex_);
    words_ = std::move(words);
  }

private:
  mutable std::mutex mutex_;
  std::function<std::string()> words_;
};

/// For the length of a step: `words` tells of it. `of` may be nullptr.
class connect_stage {
public:
  connect_stage(connect_progress* of, std::function<std::string()> words) : of_(of) {
    if (of_ != nullptr) of_->set(std::move(words));
  }
  connect_stage(const connect_stage&) = delete;
  connect_stage& operator=(const connect_stage&) = delete;
  ~connect_stage() {
    if (of_ != nullptr) of_->set({});
  }

private:
  connect_progress* of_;
};

}  // namespace tidb::detail
