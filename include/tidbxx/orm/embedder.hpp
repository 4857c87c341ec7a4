// A program's function from texts to vectors, bound to a column of vectors. See search/embedding.hpp.
#pragma once

#include "tidbxx/engine/executor.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The program's function. Threads: called by every thread that writes or searches.
class text_model {
public:
  virtual ~text_model() = default;
  virtual std::vector<std::vector<float>> embed(const std::vector<std::string>& texts) = 0;
};

/// What vectors are made for, and of what.
struct embedding_facts {
  std::string table{};
  std::string column{};
  std::vector<std::string> texts{};  ///< the columns whose texts are embedded together
  std::uint32_t length{};            ///< of the column's vectors; 0: any
  std::uint32_t dimensions{};        ///< 0: those of the first vector
  bool nullable{};
  std::size_t batch{};  ///< texts that the model gets at once, at most
};

/// The model of one column, whose vectors are checked.
class embedder {
public:
  embedder(embedding_facts of, std::shared_ptr<text_model> model);

  const embedding_facts& of() const noexcept { return of_; }
  /// One vector for each text, by one call of the model.
  /// Errors: usage_error for another number of vectors, for other dimensions than the column's, NaN and infinity;
  /// whatever the model throws.
  std::vector<std::vector<float>> embed(const std::vector<std::string>& texts, std::source_location where) const;

private:
  void check(std::span<const float> vector, std::source_location where) const;

  embedding_facts of_;
  std::shared_ptr<text_model> model_;
  mutable std::atomic<std::size_t> dimensions_;  // of the vectors so far
};

/// Those of a table. Cost: looks at a pointer where no program has bound any.
/// Errors: usage_error if the client was moved from.
std::vector<std::shared_ptr<const embedder>> embedders_of(const executor& on, std::string_view table,
                                                          std::source_location where);

}  // namespace tidb::detail
