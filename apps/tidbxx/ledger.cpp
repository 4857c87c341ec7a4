#include "ledger.hpp"

#include "commands.hpp"

#include <fmt/format.h>

namespace cli {

using tidb::c;

void ledger::prepare() const {
  if (!db_.has_table<ledger_entry>()) db_.create_table<ledger_entry>(tidb::if_exists::skip);
}

std::optional<ledger_entry> ledger::find(const std::string& fingerprint) const {
  if (!db_.has_table<ledger_entry>()) return std::nullopt;
  return db_.select<ledger_entry>().where(c<&ledger_entry::fingerprint> == fingerprint).one_or_none();
}

std::optional<ledger_entry> ledger::find_stale(const ledger_entry& entry) const {
  if (!db_.has_table<ledger_entry>()) return std::nullopt;
  const auto others =
      db_.select<ledger_entry>()
          .where(c<&ledger_entry::table_name> == entry.table_name && c<&ledger_entry::file> == entry.file)
          .all();
  for (const auto& other : others)
    if (!other.finished && other.rows_read > 0 && other.fingerprint != entry.fingerprint) return other;
  return std::nullopt;
}

void ledger::begin(const ledger_entry& entry, bool new_table) const {
  db_.transaction([&](tidb::transaction& tx) {
    if (new_table) tx.erase<ledger_entry>().where(c<&ledger_entry::table_name> == entry.table_name).run();
    tx.insert(entry);
  });
}

void ledger::advance(const tidb::transaction& tx, const ledger_entry& from, const ledger_entry& to) {
  // it would take c<&member> for a comparison
  // clang-format off
  const auto moved = tx.update<ledger_entry>()
                         .set(c<&ledger_entry::finished> = to.finished, c<&ledger_entry::next_byte> = to.next_byte,
                              c<&ledger_entry::next_line> = to.next_line, c<&ledger_entry::rows_read> = to.rows_read,
                              c<&ledger_entry::imported> = to.imported, c<&ledger_entry::rejected> = to.rejected,
                              c<&ledger_entry::rejects_size> = to.rejects_size)
                         .where(c<&ledger_entry::fingerprint> == to.fingerprint &&
                                c<&ledger_entry::next_byte> == from.next_byte && c<&ledger_entry::finished> == false)
                         .run();
  // clang-format on
  if (moved != 1)
    throw failure("another process imports the same file into the same table at the same time: this one stops");
}

}  // namespace cli
