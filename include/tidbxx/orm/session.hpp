// A unit of work: the objects that a program works on, and what of them is to be written.
#pragma once

#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/relation.hpp"
#include "tidbxx/orm/session_query.hpp"
#include "tidbxx/orm/transaction.hpp"

#include <cstddef>
#include <memory>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

/// How a session works.
struct session_options {
  bool autoflush{true};  ///< queries see what the program has changed: it is written before they run
  /// Of its transactions; they are not run again, so max_tries, on_try and committed do not count. On the embedded
  /// engine one that begins with a read is optimistic: the file's lock is taken with the first write.
  transaction_options transaction{};
};

/// Objects of a database, each row of which is one object, and what the program does to them, written in one go.
/// A transaction begins with the first statement and ends with `commit` or `rollback`; the next one begins by itself.
/// Objects are plain structs: what was changed is found by comparing them with a copy. They stay as they are after a
/// commit; what meets them first in the next transaction, a query, `get` or a relation, brings them up to date, but for
/// those with changes that were not written.
/// Errors of every call: usage_error from a second thread at once, and after an error of a flush or of the transaction
/// until `rollback` is called.
/// Threads: one at a time, for its objects too. Lifetime: its objects may outlive it, as plain values whose relations
/// end in a usage_error; it may outlive its client, but not the transaction that it was made in.
class session {
public:
  /// In transactions of its own, on a connection that it has from the first statement of each to its end; or, made from
  /// a transaction, as a part of that: then call flush() before that ends; what was not flushed is dropped.
  explicit session(const statements& on, session_options options = {});
  session(session&& other) noexcept;
  session& operator=(session&& other) noexcept;
  /// Rolls back what was not committed.
  ~session();

  /// A new object, inserted by the next flush, which fills in its generated key; with those in its relations.
  template <detail::mapped T>
  std::shared_ptr<T> add(T value, std::source_location where = std::source_location::current()) {
    return detail::typed<T>(
        detail::add_object(core(), std::make_shared<detail::tracked_row<T>>(std::move(value)), where));
  }
  template <detail::mapped T>
  std::vector<std::shared_ptr<T>> add(std::vector<T> values,
                                      std::source_location where = std::source_location::current()) {
    std::vector<std::shared_ptr<T>> added;
    added.reserve(values.size());
    for (auto& value : values) added.push_back(add(std::move(value), where));
    return added;
  }
  /// Deleted by the next flush, with those that its relations say (cascade). One that was never written is forgotten.
  template <class T>
  void remove(const std::shared_ptr<T>& object, std::source_location where = std::source_location::current()) {
    detail::remove_object(core(), detail::class_of<T>(), object.get(), where);
  }
  /// The object with this primary key, a std::tuple of several columns; nullptr if there is none.
  /// Cost: nothing if the session has read it in this transaction.
  template <detail::mapped T, class Key>
  std::shared_ptr<T> get(const Key& key, std::source_location where = std::source_location::current()) {
    const auto wanted = detail::with_key<T>(key);
    return detail::typed<T>(detail::get_object(core(), detail::class_of<T>(), &wanted, where));
  }
  /// Objects of T's table.
  template <detail::mapped T>
  session_query<T> query() {
    return {core(), sql::select(detail::select_from<T>())};
  }
  /// The object with the key of `value`, whose columns become those of `value`; a new one if there is none. One that
  /// was removed comes back. Errors: usage_error for a value with objects in its relations, if there is an object.
  template <detail::mapped T>
  std::shared_ptr<T> merge(T value, std::source_location where = std::source_location::current()) {
    if (auto found = detail::merge_object(core(), detail::class_of<T>(), &value, where))
      return detail::typed<T>(std::move(found));
    return add(std::move(value), where);
  }

  /// Writes what has changed: new objects, in the order of their foreign keys; of changed ones the columns that differ;
  /// then deletes. All or nothing. Of many objects of a table as many in a statement as it takes.
  /// Errors: constraint_violation; stale_object if another has written a row whose struct has a row_version, or deleted
  /// any that is to be changed; usage_error for a key that was changed, a cycle of foreign keys that cannot
  /// be NULL, and rows left without a parent that they need. Afterwards nothing is written, and `rollback` is called.
  void flush(std::source_location where = std::source_location::current());
  /// Flushes and commits. Errors: as flush; outcome_unknown if the answer to the COMMIT was lost.
  void commit(std::source_location where = std::source_location::current());
  /// Undoes what was not committed: objects become what they were when the transaction began, those that were added
  /// leave the session, those that were removed come back.
  void rollback(std::source_location where = std::source_location::current());

  /// The row is read anew, over any changes, the next time that a query, `get` or a relation meets it; until then
  /// nothing of the object is written. Errors: usage_error for one that was not inserted yet, or is removed.
  template <class T>
  void expire(const std::shared_ptr<T>& object, std::source_location where = std::source_location::current()) {
    detail::expire_object(core(), detail::class_of<T>(), object.get(), where);
  }
  void expire_all(std::source_location where = std::source_location::current());
  /// Reads the row now, over any changes. Errors: errc::no_row if there is none any more.
  template <class T>
  void refresh(const std::shared_ptr<T>& object, std::source_location where = std::source_location::current()) {
    detail::refresh_object(core(), detail::class_of<T>(), object.get(), where);
  }
  /// The session knows the object no longer, and writes nothing of it.
  template <class T>
  void forget(const std::shared_ptr<T>& object, std::source_location where = std::source_location::current()) {
    detail::forget_object(core(), detail::class_of<T>(), object.get(), where);
  }
  template <class T>
  bool contains(const std::shared_ptr<T>& object) const {
    return detail::knows_object(core(), detail::class_of<T>(), object.get());
  }
  /// Whether a flush would write it.
  template <class T>
  bool is_changed(const std::shared_ptr<T>& object,
                  std::source_location where = std::source_location::current()) const {
    return detail::is_changed_object(core(), detail::class_of<T>(), object.get(), where);
  }
  /// Objects that the session knows.
  std::size_t size() const noexcept;

  /// The session's transaction, for statements of other forms, such as insert_many, which pass by its objects.
  /// What was changed is flushed first, with autoflush. Lifetime: until commit or rollback.
  /// Note: what it writes is not undone in objects that were read afterwards: refresh them after a rollback.
  tidb::transaction transaction(std::source_location where = std::source_location::current());

private:
  detail::session_core& core() const;

  std::unique_ptr<detail::session_core> core_;
};

/// Runs `body(session&)` in a transaction, flushes and commits; gives back what it does. It is run again, with a new
/// session, as `client::transaction` does: after a conflict, a lost connection, and a stale_object.
/// Note: in `body`, commit and rollback are usage_errors: an exception rolls back.
template <class Client, class F>
auto unit_of_work(const Client& db, const session_options& options, F&& body,
                  std::source_location where = std::source_location::current()) {
  return db.transaction(
      options.transaction,
      [&](transaction& inside) {
        session work(inside, options);
        if constexpr (std::is_void_v<std::invoke_result_t<F&, session&>>) {
          body(work);
          work.flush(where);
        } else {
          auto result = body(work);
          work.flush(where);
          return result;
        }
      },
      where);
}
template <class Client, class F>
auto unit_of_work(const Client& db, F&& body, std::source_location where = std::source_location::current()) {
  return unit_of_work(db, session_options{}, body, where);
}

}  // namespace tidb
