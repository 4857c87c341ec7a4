// What a session knows and does: its transaction, its objects, and what is to be written.
#pragma once

#include "orm/session_objects.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/session.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidb::detail {

/// What an object is to hold the key of, which is still to come. Whoever writes something else there since takes it
/// back.
struct pending_link {
  std::shared_ptr<tracked> one{};
  const relation_facts* relation{};
  std::vector<value> left{};  ///< in the columns, when it was linked
};

/// An object with a copy of what it was when the transaction began.
struct written_object {
  std::shared_ptr<tracked> object{};
  std::shared_ptr<void> before{};
};

/// A row between two objects that is to be inserted or deleted.
struct pending_pair {
  std::shared_ptr<tracked> own{}, other{};
  const relation_facts* relation{};
  bool added{};
};

class session_core {
public:
  session_core(const executor& on, session_options options) : outside_(on), options_(std::move(options)) {}
  session_core(const session_core&) = delete;
  session_core& operator=(const session_core&) = delete;
  ~session_core();

  /// The session's own transaction, which begins with this; or the one that it is a part of.
  const executor& on(bool writes, std::source_location where);
  bool has_own_transaction() const noexcept { return !outside_.in_transaction(); }
  std::uint32_t transaction_number() const noexcept { return transaction_number_; }
  void check_usable(std::source_location where) const;
  void autoflush(std::source_location where) {
    if (options_.autoflush) flush(where);
  }

  // objects
  tracked* find(const object_class& type, std::span<const value_view> key);
  void keep(objects_of_class& with, std::shared_ptr<tracked> object, std::span<const value_view> key);
  /// The object at this address; nullptr if it is not of this session.
  tracked* find_address(const object_class& type, const void* object) const;
  tracked& expect(const object_class& type, const void* object, std::source_location where) const;
  /// Whether it need not be read again to be used.
  bool is_current(const tracked& object) const;
  std::shared_ptr<tracked> get(const object_class& type, std::span<const value_view> key, std::source_location where);
  void add(std::shared_ptr<tracked> object);
  void remove(tracked& object);
  void forget(tracked& object);
  void expire(tracked& object, std::source_location where);
  /// The object with the key of `value`, which takes over its columns; nullptr if there is none.
  std::shared_ptr<tracked> merge(const object_class& type, const void* value, std::source_location where);
  bool is_changed(const tracked& object) const;
  std::size_t size() const noexcept;
  void expire_all();

  // reading
  /// Calls `found` with each object, in the order of the rows, and reads what the query says of its relations.
  void load(const object_query& query, function_ref<void(tracked&)> found, std::source_location where);
  std::vector<tracked*> read(const object_class& type, const sql::select& statement, std::source_location where);
  void refresh(tracked& object, std::source_location where);

  // relations
  const relation_facts& facts_of(const tracked& owner, const relation_base& relation) const;
  /// The one whose key these columns are to hold, if it is still to come.
  const pending_link* link_of(const tracked& many, const relation_facts& relation, const object_class& one) const;
  std::shared_ptr<tracked> reference(tracked& owner, const relation_facts& relation, std::source_location where);
  std::shared_ptr<const std::vector<std::shared_ptr<tracked>>> list(tracked& owner, const relation_facts& relation);
  std::shared_ptr<tracked> resolve(const given_object& given, const object_class& type);
  void refer(tracked& owner, const relation_facts& relation, std::shared_ptr<tracked> to);
  /// `is_new`: it cannot be there already.
  void add_to_list(tracked& owner, const relation_facts& relation, std::shared_ptr<tracked> one, bool is_new);
  void remove_from_list(tracked& owner, const relation_facts& relation, const void* object);
  /// Reads the lists of these objects of one struct that are not read yet, or what their references lead to.
  void load_relation(std::span<tracked* const> owners, const relation_facts& relation, std::source_location where);

  // writing
  void flush(std::source_location where);
  void commit(std::source_location where);
  void rollback(std::source_location where);

private:
  friend class flush_run;

  objects_of_class& objects_of(const object_class& type);
  const objects_of_class* objects_if_any(const object_class& type) const;
  void own_relations(tracked& object);
  void take_given(tracked& object);
  void let_go(tracked& object);
  tracked* find_added(const object_class& type, std::span<const value_view> key) const;
  std::vector<std::pair<std::shared_ptr<tracked>, pending_link>> release_waiting(tracked& object, bool cascades);
  void take_back_added(std::size_t first);
  void show_pending_children(std::span<tracked* const> owners, const relation_facts& relation);
  void show_pending_pairs(std::span<tracked* const> owners, const relation_facts& relation);
  void drop_from_lists(const tracked& object);
  void drop_pending(const tracked& object);
  void link(std::shared_ptr<tracked> many, std::shared_ptr<tracked> one, const relation_facts& relation);
  void unlink(const std::shared_ptr<tracked>& many, const relation_facts& relation);
  bool take_back(const relation_facts& relation, const tracked& own, const tracked& other, bool added);
  void read_each(const object_class& type, const sql::select& statement, std::span<const relation_facts* const> joined,
                 function_ref<void(tracked&)> found, std::source_location where);
  void load_path(std::vector<tracked*> owners, const object_class& type, std::span<const relation_member> path,
                 std::source_location where);
  void forget_lists();
  void forget_changed_lists();
  void forget_lists_of(const object_class& type, std::span<const std::size_t> columns);
  void forget_pairs(std::span<const relation_facts* const> changed);
  void touch(tracked& object);
  void fail(const error& failed);
  void committed();
  void rolled_back();
  void load_references(std::span<tracked* const> owners, const relation_facts& relation, std::source_location where);
  void load_children(std::span<tracked* const> owners, const relation_facts& relation, std::source_location where);
  void load_pairs(std::span<tracked* const> owners, const relation_facts& relation, std::source_location where);

  executor outside_;
  session_options options_;
  std::optional<open_transaction> transaction_;
  std::uint32_t transaction_number_{};
  std::optional<error> failed_;
  std::vector<std::unique_ptr<objects_of_class>> classes_;
  std::vector<std::shared_ptr<tracked>> added_;  // in their order; some may have left
  std::unordered_map<const void*, tracked*> added_at_;
  std::unordered_multimap<std::string, tracked*> added_by_key_;  // their keys when they were added, if given
  std::vector<std::shared_ptr<tracked>> removed_;
  std::vector<std::shared_ptr<tracked>> gone_;
  std::vector<written_object> touched_;                                            // in the open transaction
  std::unordered_map<std::shared_ptr<tracked>, std::vector<pending_link>> links_;  // by the many
  std::vector<pending_pair> pairs_;
  std::vector<std::pair<std::shared_ptr<tracked>, const relation_facts*>> changed_lists_;  // until a flush

public:
  std::atomic<bool> busy{};  ///< a call is running
};

/// Marks a call to a session. Errors: usage_error if another thread is in one.
class session_call {
public:
  /// `usable`: an error has not ended its transaction.
  session_call(session_core& session, std::source_location where, bool usable = true);
  session_call(const session_call&) = delete;
  session_call& operator=(const session_call&) = delete;
  ~session_call() { session_.busy = false; }

private:
  session_core& session_;
};

}  // namespace tidb::detail
