// The prepared statements of one connection that were used last.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <cstddef>
#include <iterator>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tidb::detail {

/// `Statement` has sql() and hash(), of the text that it was prepared from.
/// Lifetime: the connection must outlive it, as its statements are closed through that.
template <class Statement>
class statement_cache {
public:
  Statement* find(const statement_text& text) noexcept {
    // a loop over one statement needs no look into the index
    if (!newest_first_.empty() && newest_first_.front().hash() == text.hash() &&
        newest_first_.front().sql() == text.sql())
      return &newest_first_.front();
    const auto found = index_.find({text.sql(), text.hash()});
    if (found == index_.end()) return nullptr;
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return &newest_first_.front();
  }

  /// Makes one from `arguments` and closes the oldest if there are too many.
  template <class... Arguments>
  Statement& add(Arguments&&... arguments) {
    if (newest_first_.size() >= most) drop_oldest();
    auto& made = newest_first_.emplace_front(std::forward<Arguments>(arguments)...);
    index_.emplace(key{made.sql(), made.hash()}, newest_first_.begin());
    return made;
  }

  /// False if there is none.
  bool drop_oldest() noexcept {
    if (newest_first_.empty()) return false;
    index_.erase({newest_first_.back().sql(), newest_first_.back().hash()});
    newest_first_.pop_back();
    return true;
  }

  void clear() noexcept {
    index_.clear();
    newest_first_.clear();
  }

private:
  static constexpr std::size_t most = 128;

  /// A statement's text with the hash that its owner made once. Lifetime: borrowed from the statement.
  struct key {
    std::string_view sql;
    std::size_t hash;
    friend bool operator==(const key& left, const key& right) noexcept {
      return left.hash == right.hash && left.sql == right.sql;
    }
  };
  struct key_hash {
    std::size_t operator()(const key& of) const noexcept { return of.hash; }
  };
  using list = std::list<Statement>;

  list newest_first_;
  std::unordered_map<key, typename list::iterator, key_hash> index_;
};

}  // namespace tidb::detail
