#include "search/index_writing.hpp"

#include "search/own_sql.hpp"
#include "search/server_generations.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <string>
#include <thread>

namespace tidb::detail {

namespace {

/// In a transaction that saw an older one.
[[noreturn]] void refuse_changed(const call_context& context) {
  throw_error({.code = errc::conflict,
               .message = "another has changed the index meanwhile: run it again",
               .where = context.where,
               .retryable = true,
               .poisons_transaction = true});
}

/// Of the embedded engine clients read the registry anew when the schema has changed: a trigger is made as it was.
void tell_of_registry(const executor& inside, const index_tables& tables, const index_manifest& manifest,
                      const call_context& context) {
  const auto name = tables.triggers(manifest.nonce).front();
  run_own_ddl(inside, context, "DROP TRIGGER IF EXISTS " + sql::quote_identifier(name));
  run_own_ddl(inside, context, tables.create_triggers(manifest.of, manifest.nonce).front());
}

}  // namespace

bool change_queries(const executor& inside, const index_tables& tables, const index_form& there,
                    const index_form& asked, const call_context& context) {
  if (there.text.empty() || asked.text.empty() || there.text == asked.text || there.tracked_by != asked.tracked_by)
    return false;
  try {
    if (!has_same_terms(there.text, asked.text)) return false;
    const auto version = lock_version(inside, tables, context);
    auto manifest = read_manifest(inside, tables, context);
    if (manifest.analyzed_by != text_analyzer::version()) return false;
    manifest.text = asked.text;
    if (manifest.version != version || !replace_manifest(inside, tables, manifest, context)) refuse_changed(context);
    if (tables.engine() == engine_kind::embedded) tell_of_registry(inside, tables, manifest, context);
  } catch (const damaged_index&) {
    return false;
  }
  const statement_text enter("UPDATE `_tidbxx_index` SET text_form = ? WHERE id = ?");
  run_own(inside, context, enter, asked.text, tables.id());
  return true;
}

bool is_being_built(const executor& on, const index_manifest& manifest, const call_context& context) {
  return manifest.built_until != 0 && server_milliseconds(on, context) < manifest.built_until;
}

unsigned threads_for(std::uint64_t rows) {
  constexpr unsigned most = 8;
  constexpr std::uint64_t rows_worth_threads = 1000;
  return rows < rows_worth_threads ? 1 : std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

std::uint64_t rows_of(std::span<const coded_run> runs) {
  std::uint64_t rows = 0;
  for (const auto& run : runs) rows += run.keys.size();
  return rows;
}

namespace {

void write_documents(index_blocks& blocks, const text_segment& documents, index_segment& segment) {
  segment.rows = documents.documents();
  segment.memory = documents.memory();
  segment.outline_memory = documents.outline_memory();
  for (const auto& payload : to_payloads(documents, max_block_bytes)) segment.rows_in.push_back(blocks.write(payload));
}

}  // namespace

index_segment write_segment(index_blocks& blocks, const vector_model* model, const pending_segment& made) {
  index_segment segment{.upto = made.upto, .rows = rows_of(made.runs), .gone_keys = made.gone.size()};
  for (const auto& run : made.runs) segment.name_bytes += run.names.bytes();
  constexpr std::size_t keys_a_block = max_block_bytes / sizeof(std::int64_t);
  for (std::span<const std::int64_t> keys(made.gone.numbers); !keys.empty();) {
    const auto some = keys.first(std::min(keys.size(), keys_a_block));
    segment.gone.push_back(blocks.write({reinterpret_cast<const char*>(some.data()), some.size_bytes()}));
    keys = keys.subspan(some.size());
  }
  if (made.documents) write_documents(blocks, *made.documents, segment);
  if (model == nullptr) return segment;
  for (const auto& payload : to_payloads(*model, made.runs, max_block_bytes)) {
    segment.first_partitions.push_back(first_partition_of(payload));
    segment.rows_in.push_back(blocks.write(payload));
  }
  return segment;
}

std::int64_t lock_version(const executor& inside, const index_tables& tables, const call_context& context) {
  const bool locks = tables.engine() == engine_kind::tidb;
  const statement_text text("SELECT version FROM " + sql::quote_identifier(tables.manifest()) + " WHERE id = 1" +
                            (locks ? " FOR UPDATE" : ""));
  const auto found = read_own<std::int64_t>(inside, context, text);
  if (found.empty()) throw damaged_index("its manifest is missing");
  return found.front();
}

bool is_as_planned(const executor& inside, const index_tables& tables, const index_manifest& planned,
                   const call_context& context) {
  return lock_version(inside, tables, context) == planned.version &&
         rows_are_numbered_as_before(inside, tables, planned, context);
}

void publish(const executor& inside, const index_tables& tables, index_manifest& changed,
             std::span<const delta_row> merged, const call_context& context) {
  if (tables.engine() == engine_kind::tidb) turn_generation_if_worn(inside, tables, changed, merged.size(), context);
  if (!replace_manifest(inside, tables, changed, context)) refuse_changed(context);
  if (tables.engine() == engine_kind::tidb) {
    remove_from_delta(inside, tables, merged, context);
  } else {
    const statement_text until("DELETE FROM " + sql::quote_identifier(tables.delta()) + " WHERE id <= ?");
    run_own(inside, context, until, changed.upto());
  }
  index_blocks(inside, tables, context).remove_all_but(changed.blocks());
}

}  // namespace tidb::detail
