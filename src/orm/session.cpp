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

tracked* find_object(session_core& session, const object_class& type, std::span<const value_view> key) {
  return session.find(type, key);
}

bool may_replace(const tracked& object) {
  return object.expired || (object.state == object_state::kept && object.type->same(object.object, object.original));
}

void note_read(tracked& object) {
  object.expired = false;
  object.known_in = object.session->transaction_number();
}

tracked* keep_object(session_core& session, std::shared_ptr<tracked> object, std::span<const value_view> key) {
  return session.keep(std::move(object), key);
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

std::vector<tracked*> load_objects(session_core& session, const object_query& query, std::source_location where) {
  const session_call call(session, where);
  return session.load(query, where);
}

std::shared_ptr<tracked> load_one_object(session_core& session, const object_query& query, bool or_none,
                                         std::source_location where) {
  const session_call call(session, where);
  auto two = query;
  if (!two.statement.limit) two.statement.limit = row_number(2);
  const auto found = session.load(two, where);
  if (found.size() == 1) return found.front()->shared_from_this();
  if (found.empty() && or_none) return nullptr;
  const auto& on = session.on(false, where);
  throw_row_count(found.empty() ? errc::no_row : errc::too_many_rows, sql::print(query.statement, dialect_of(on)).text,
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
