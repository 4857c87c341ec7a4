// A model that is bound to a column of vectors, by table<T>::embed_with, and makes them of texts from then on.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/embedder.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

struct embedding_options {
  /// The model's name, which is kept with the column in the database (`_tidbxx_embedding`), along with the dimensions
  /// and the columns of text. Who comes with others is refused then: vectors of two models have no distance that means
  /// anything. Empty: nothing is kept, and nothing compared.
  std::string model{};
  std::size_t dimensions{};  ///< in a column of vectors of any length; 0: as many as the first vector has
  std::size_t batch{32};     ///< texts in one call of a model that takes several, at most
  /// The name, the dimensions and the columns are kept in place of what was. Note: the vectors of the rows stay what
  /// they are until the rows are written: hand them to update_many<&doc::text>.
  bool replace{};
};

namespace detail {

template <class V>
concept floats = std::convertible_to<V, std::span<const float>>;
template <class R>
concept float_lists = iterable<R> && requires(R& all) {
  { *std::begin(all) } -> floats;
};

/// A function from texts to as many vectors.
template <class F>
concept model_of_many = requires(F& model, const std::vector<std::string>& texts) {
  { model(texts) } -> float_lists;
};
/// A function from one text to its vector.
template <class F>
concept model_of_one = requires(F& model, const std::string& text) {
  { model(text) } -> floats;
};

template <class F>
class model_of final : public text_model {
public:
  explicit model_of(F model) : model_(std::move(model)) {}

  std::vector<std::vector<float>> embed(const std::vector<std::string>& texts) override {
    std::vector<std::vector<float>> made;
    made.reserve(texts.size());
    const auto add = [&](std::span<const float> vector) { made.emplace_back(vector.begin(), vector.end()); };
    if constexpr (model_of_many<F>) {
      auto&& vectors = model_(texts);
      for (auto&& vector : vectors) add(vector);
    } else {
      for (const auto& text : texts) add(model_(text));
    }
    return made;
  }

private:
  F model_;
};

/// Calls f with the name of each of T's columns of text that is no key.
template <class T, class F>
constexpr void for_each_text(F&& f) {
  for_each_column<T>([&](const auto& column, std::size_t) {
    using type = typename std::remove_cvref_t<decltype(column)>::value_type;
    if (category_of<type>() == category::text && !column.primary_key) f(column.name);
  });
}
template <class T>
consteval std::size_t count_texts() {
  std::size_t count = 0;
  for_each_text<T>([&](std::string_view) { ++count; });
  return count;
}

template <class T, auto Vector, auto... Texts>
embedding_facts embedding_of() {
  using type = typename column_ref<T, Vector>::type;
  static_assert(category_of<type>() == category::vector, "embed_with: the first member is a column of vectors");
  static_assert(((category_of<typename column_ref<T, Texts>::type>() == category::text) && ...),
                "embed_with: vectors are made of columns of text");
  static_assert(sizeof...(Texts) > 0 || count_texts<T>() == 1,
                "embed_with: this table has no column of text, or several: name those that the vectors are made of, "
                "behind that of the vectors");
  embedding_facts made{.table = std::string(mapping_for<T>.table),
                       .column = std::string(column_ref<T, Vector>::name()),
                       .texts = {std::string(column_ref<T, Texts>::name())...},
                       .length = codec<bare<type>>::type.length,
                       .nullable = is_optional<type>};
  if constexpr (sizeof...(Texts) == 0) for_each_text<T>([&](std::string_view name) { made.texts.emplace_back(name); });
  return made;
}

/// Errors: as those of table<T>::embed_with.
void bind_model(const executor& on, embedding_facts of, std::shared_ptr<text_model> model,
                const embedding_options& options, std::source_location where);
/// The table is dropped: whoever makes it anew may use any model.
void forget_models(const executor& on, std::string_view table, const call_context& context);

}  // namespace detail

}  // namespace tidb
