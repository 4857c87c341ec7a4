#include "tidbxx/search/embedding.hpp"

#include "search/embedding_registry.hpp"
#include "search/index_catalog.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

/// The dimensions that both the column and the options say, where either says any.
std::uint32_t dimensions_of(const embedding_facts& of, const embedding_options& options, std::source_location where) {
  if (options.dimensions == 0) return of.length;
  if (options.dimensions > max_dimensions || (of.length != 0 && options.dimensions != of.length))
    throw_usage(fmt::format("\"{}.{}\" takes vectors of {} dimensions: {} are not possible", of.table, of.column,
                            of.length == 0 ? fmt::format("at most {}", max_dimensions) : fmt::to_string(of.length),
                            options.dimensions),
                where);
  return static_cast<std::uint32_t>(options.dimensions);
}

void check_name(const embedding_facts& of, const executor& on, const embedding_options& options,
                std::source_location where) {
  constexpr std::size_t longest = 255;  // what the column of names takes
  const auto what = fmt::format("the model of \"{}.{}\"", of.table, of.column);
  if (options.model.empty() && options.replace) throw_usage(what + " needs a name to be kept: give .model", where);
  if (options.model.size() > longest) throw_usage(what + " has a name of more than 255 bytes", where);
  if (!options.model.empty() && on.in_transaction())
    throw_usage(what + " has a name, which is kept outside of transactions: call embed_with on the client", where);
}

}  // namespace

void bind_model(const executor& on, embedding_facts of, std::shared_ptr<text_model> model,
                const embedding_options& options, std::source_location where) {
  const auto context = on.context(where);
  of.dimensions = dimensions_of(of, options, where);
  of.batch = std::max<std::size_t>(options.batch, 1);
  check_name(of, on, options, where);
  if (!options.model.empty()) register_model(on, of, options.model, options.replace, context);
  index_catalog::of(on).models().bind(std::make_shared<embedder>(std::move(of), std::move(model)));
}

}  // namespace tidb::detail
