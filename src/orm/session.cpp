#include "tidbxx/orm/session.hpp"

#include "orm/session_core.hpp"

#include <utility>

namespace tidb {

namespace detail {

session_call::session_call(session_core& session, std::source_location where, bool usable) : session_(session) {
  if (session.busy.exchange(true))
    throw_usage("a second thread uses this session: a session and its objects are for one thread at a time; make each "
                "thread a session of its own",
                where);
  if (!usable) return;
  try {
    session.check_usable(where);
  } catch (...) {
    session.busy = false;
    throw;
  }
}

tracked* find_object(const objects_of_class& objects, std::span<const value_view> key) { return objects.find(key); }

bool may_replace(const tracked& object) {
  return object.expired || (object.state == object_state::kept && object.type->same(object.object, object.original));
}

void note_read(tracked& object) {
  object.expired = false;
  object.known_in = object.session->transaction_number();
}

tracked* keep_object(objects_of_class& objects, std::shared_ptr<tracked> object, std::span<const value_view> key) {
  auto* const kept = object.get();
  objects.session().keep(objects, std::move(object), key);
  return kept;
}

std::shared_ptr<tracked> add_object(session_core& session, std::shared_ptr<tracked> object,
                                    std::source_location where) {
  const session_call call(session, where);
  session.add(object);
  return object;
}

std::shared_ptr<tracked> get_object(session_core& session, const object_class& type, const void* with_key,
                                    std::source_location where) {
  const session_call call(session, where);
  return session.get(type, object_key(type, with_key).cells(), where);
}

std::shared_ptr<tracked> merge_object(session_core& session, const object_class& type, const void* value,
                                      std::source_location where) {
  const session_call call(session, where);
  return session.merge(type, value, where);
}

void remove_object(session_core& session, const object_class& type, const void* object, std::source_location where) {
  const session_call call(session, where);
  session.remove(session.expect(type, object, where));
}

void expire_object(session_core& session, const object_class& type, const void* object, std::source_location where) {
  const session_call call(session, where);
  session.expire(session.expect(type, object, where), where);
}

void refresh_object(session_core& session, const object_class& type, const void* object, std::source_location where) {
  const session_call call(session, where);
  session.refresh(session.expect(type, object, where), where);
}

void forget_object(session_core& session, const object_class& type, const void* object, std::source_location where) {
  const session_call call(session, where);
  session.forget(session.expect(type, object, where));
}

bool knows_object(session_core& session, const object_class& type, const void* object) {
  const session_call call(session, {}, false);
  return session.find_address(type, object) != nullptr;
}

bool is_changed_object(session_core& session, const object_class& type, const void* object,
                       std::source_location where) {
  const session_call call(session, where);
  return session.is_changed(session.expect(type, object, where));
}

void load_objects(session_core& session, const object_query& query, function_ref<void(tracked&)> found,
                  std::source_location where) {
  const session_call call(session, where);
  session.load(query, found, where);
}

std::shared_ptr<tracked> load_one_object(session_core& session, const object_query& query, bool or_none,
                                         std::source_location where) {
  const session_call call(session, where);
  auto two = query;
  if (!two.statement.limit) two.statement.limit = row_number(2);
  std::shared_ptr<tracked> only;
  std::size_t count = 0;
  const auto note = [&](tracked& object) {
    if (++count == 1) only = object.shared_from_this();
  };
  session.load(two, note, where);
  if (count == 1 || (count == 0 && or_none)) return only;
  const auto& on = session.on(false, where);
  throw_row_count(count == 0 ? errc::no_row : errc::too_many_rows, sql::print(query.statement, dialect_of(on)).text,
                  on.context(where));
}

std::int64_t count_objects(session_core& session, const object_query& query, std::source_location where) {
  const session_call call(session, where);
  session.autoflush(where);
  return count_rows(session.on(false, where), query.statement, where);
}

}  // namespace detail

session::session(const statements& on, session_options options)
    : core_(std::make_unique<detail::session_core>(on.on(), std::move(options))) {}
session::session(session&& other) noexcept = default;
session& session::operator=(session&& other) noexcept = default;
session::~session() = default;

detail::session_core& session::core() const {
  if (!core_) throw_usage("this session was moved from: use the one it was moved to");
  return *core_;
}

void session::flush(std::source_location where) {
  const detail::session_call call(core(), where);
  core().flush(where);
}

void session::commit(std::source_location where) {
  const detail::session_call call(core(), where);
  core().commit(where);
}

void session::rollback(std::source_location where) {
  const detail::session_call call(core(), where, false);
  core().rollback(where);
}

void session::expire_all(std::source_location where) {
  const detail::session_call call(core(), where);
  core().expire_all();
}

std::size_t session::size() const noexcept { return core_ ? core_->size() : 0; }

transaction session::transaction(std::source_location where) {
  const detail::session_call call(core(), where);
  core().autoflush(where);
  return tidb::transaction(core().on(true, where));
}

}  // namespace tidb
