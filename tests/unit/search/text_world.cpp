#include "text_world.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>

namespace tests {

using namespace tidb::detail;

namespace {

/// Scores by their definition: no postings, no bounds.
class text_oracle {
public:
  text_oracle(const std::vector<const text_columns*>& counted, const text_request& request, std::uint32_t columns)
      : counted_(counted), request_(request), columns_(columns) {
    for (std::uint32_t column = 0; column < columns; ++column) {
      double total = 0;
      for (const auto* document : counted) {
        total += length((*document)[column]);
        std::set<std::string> seen;
        for (const auto& word : (*document)[column]) seen.insert(word.term);
        for (const auto& term : seen) ++documents_[{term, column}];
      }
      averages_.push_back(counted.empty() ? 0 : total / static_cast<double>(counted.size()));
    }
  }

  /// Nothing: it does not match.
  std::optional<double> score(const text_columns& document, const text_query& query, double boost) const {
    boost *= query.boost;
    switch (query.op) {
    case text_op::term: return term(document, query.term, query.column, boost);
    case text_op::prefix: return prefix(document, query, boost);
    case text_op::phrase: return phrase(document, query, boost);
    case text_op::all_of: return all_of(document, query, boost);
    case text_op::any_of: return any_of(document, query, boost);
    case text_op::but_not: return but_not(document, query, boost);
    }
    return std::nullopt;
  }

private:
  static double length(const std::vector<text_word>& column) {
    std::set<std::uint32_t> positions;
    for (const auto& word : column) positions.insert(word.position);
    return static_cast<double>(positions.size());
  }
  double having(const std::string& term, std::uint32_t column) const {
    const auto at = documents_.find({term, column});
    return at == documents_.end() ? 0 : static_cast<double>(at->second);
  }
  double rarity(double documents) const {
    return std::log(1 + (static_cast<double>(counted_.size()) - documents + 0.5) / (documents + 0.5));
  }
  double bm25(double frequency, std::uint32_t column, const text_columns& document) const {
    constexpr double k1 = 1.2, b = 0.75;
    const auto norm = k1 * (1 - b + b * length(document[column]) / averages_[column]);
    const auto boost = column < request_.boosts.size() ? request_.boosts[column] : 1;
    return boost * frequency * (k1 + 1) / (frequency + norm);
  }
  static std::set<std::int64_t> positions(const std::vector<text_word>& column, const std::string& term) {
    std::set<std::int64_t> made;
    for (const auto& word : column)
      if (word.term == term) made.insert(word.position);
    return made;
  }
  std::pair<std::uint32_t, std::uint32_t> range(int column) const {
    if (column < 0) return {0, columns_};
    return {static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(column) + 1};
  }
  static void add(std::optional<double>& sum, std::optional<double> more) {
    if (more) sum = sum.value_or(0) + *more;
  }

  std::optional<double> term(const text_columns& document, const std::string& term, int in, double boost) const {
    std::optional<double> sum;
    const auto [first, last] = range(in);
    for (auto column = first; column < last; ++column)
      if (const auto frequency = positions(document[column], term).size(); frequency != 0)
        add(sum, boost * rarity(having(term, column)) * bm25(static_cast<double>(frequency), column, document));
    return sum;
  }
  std::optional<double> prefix(const text_columns& document, const text_query& query, double boost) const {
    std::set<std::string> terms;
    for (const auto& [key, count] : documents_)
      if (key.first.starts_with(query.term)) terms.insert(key.first);
    std::optional<double> sum;
    for (const auto& one : terms) add(sum, term(document, one, query.column, boost));
    return sum;
  }
  std::optional<double> phrase(const text_columns& document, const text_query& query, double boost) const {
    std::map<std::uint32_t, std::set<std::string>> places;
    for (const auto& word : query.words) places[word.offset].insert(word.term);
    std::optional<double> sum;
    const auto [first, last] = range(query.column);
    for (auto column = first; column < last && !places.empty(); ++column) {
      double rare = 0;
      std::vector<std::pair<std::int64_t, std::set<std::int64_t>>> at;
      for (const auto& [offset, terms] : places) {
        double documents = 0;
        auto& one = at.emplace_back(offset, std::set<std::int64_t>()).second;
        for (const auto& alternative : terms) {
          documents += having(alternative, column);
          one.merge(positions(document[column], alternative));
        }
        rare += rarity(std::min(documents, static_cast<double>(counted_.size())));
      }
      if (const auto frequency = occurrences(at, query.slop); frequency > 0)
        add(sum, boost * rare * bm25(frequency, column, document));
    }
    return sum;
  }
  /// Tries every smallest shift there can be.
  static double occurrences(const std::vector<std::pair<std::int64_t, std::set<std::int64_t>>>& places,
                            std::int64_t slop) {
    double sum = 0;
    for (std::int64_t begin = -100; begin < 200; ++begin) {
      std::set<std::int64_t> taken, shifts;
      for (const auto& [offset, positions] : places)
        for (auto position = begin + offset; position <= begin + offset + slop; ++position)
          if (positions.contains(position) && taken.insert(position).second) {
            shifts.insert(position - offset);
            break;
          }
      if (taken.size() == places.size() && *shifts.begin() == begin)
        sum += 1 / (1 + static_cast<double>(*shifts.rbegin() - begin));
    }
    return sum;
  }
  std::optional<double> all_of(const text_columns& document, const text_query& query, double boost) const {
    std::optional<double> sum;
    for (const auto& part : query.parts) {
      const auto one = score(document, part, boost);
      if (!one) return std::nullopt;
      add(sum, one);
    }
    return sum;
  }
  std::optional<double> any_of(const text_columns& document, const text_query& query, double boost) const {
    std::optional<double> sum;
    for (const auto& part : query.parts) {
      const auto one = score(document, part, boost);
      if (!one && part.is_required) return std::nullopt;
      add(sum, one);
    }
    return sum;
  }
  std::optional<double> but_not(const text_columns& document, const text_query& query, double boost) const {
    if (query.parts.empty()) return std::nullopt;
    for (std::size_t i = 1; i < query.parts.size(); ++i)
      if (score(document, query.parts[i], boost)) return std::nullopt;
    return score(document, query.parts.front(), boost);
  }

  const std::vector<const text_columns*>& counted_;
  const text_request& request_;
  std::uint32_t columns_;
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> documents_;
  std::vector<double> averages_;
};

}  // namespace

namespace {

std::shared_ptr<const text_segment> segment_of(const text_corpus& corpus, std::uint32_t columns, bool has_names) {
  text_documents documents(columns);
  for (const auto& [key, document] : corpus) {
    documents.add_document(key, has_names ? name_of(key) : "");
    for (std::uint32_t column = 0; column < columns; ++column)
      for (const auto& word : document[column]) documents.add(column, word.term, word.position);
  }
  return text_segment::of(documents);
}

}  // namespace

std::shared_ptr<const text_segment> segment_of(const text_corpus& corpus, std::uint32_t columns) {
  return segment_of(corpus, columns, false);
}

std::shared_ptr<const text_segment> named_segment_of(const text_corpus& corpus, std::uint32_t columns) {
  return segment_of(corpus, columns, true);
}

std::string name_of(std::int64_t key) { return "name of " + std::to_string(key); }

std::vector<text_word> words(const std::string& text) {
  std::vector<text_word> made;
  std::istringstream in(text);
  for (std::string word; in >> word;) made.push_back({word, static_cast<std::uint32_t>(made.size())});
  return made;
}

text_corpus texts(const std::map<std::int64_t, std::string>& by_key) {
  text_corpus made;
  for (const auto& [key, text] : by_key) made[key] = {words(text)};
  return made;
}

std::string text_maker::term() {
  // a few are in most documents, most in a few
  auto number = std::min({below(60), below(60), below(60)});
  std::string made;
  for (; number > 0; number /= 3) made.push_back(static_cast<char>('a' + number % 3));
  return made + "x";
}

text_columns text_maker::document(std::size_t most_words) {
  text_columns made(columns_);
  for (auto& column : made) {
    std::uint32_t position = 0;
    for (auto left = below(most_words + 1); left > 0; --left) {
      column.push_back({term(), position});
      // mostly the next; sometimes an alternative, or a hole
      position += below(8) == 0 ? static_cast<std::uint32_t>(below(3)) : 1;
    }
  }
  return made;
}

text_query text_maker::leaf() {
  text_query made{.column = below(3) == 0 ? static_cast<int>(below(columns_)) : -1};
  made.op = std::array{text_op::term, text_op::term, text_op::phrase, text_op::prefix}[below(4)];
  if (made.op == text_op::phrase) {
    std::uint32_t offset = static_cast<std::uint32_t>(below(2));
    for (auto count = below(3) + 1; count > 0; --count) {
      made.words.push_back({term(), offset});
      if (below(4) == 0) made.words.push_back({term(), offset});
      offset += 1 + (below(4) == 0 ? 1 : 0);
    }
    made.slop = static_cast<std::uint32_t>(below(2) * below(5));
  } else {
    made.term = term();
    if (made.op == text_op::prefix) made.term.resize(below(made.term.size()) + 1);
  }
  return made;
}

text_query text_maker::query(int depth) {
  auto made = depth == 0 || below(4) == 0 ? leaf() : text_query();
  if (made.term.empty() && made.words.empty()) {
    made.op = std::array{text_op::any_of, text_op::any_of, text_op::all_of, text_op::but_not}[below(4)];
    for (auto count = below(4); count > 0 || made.parts.empty(); --count) {
      made.parts.push_back(query(depth - 1));
      if (count == 0) break;
    }
    if (made.op == text_op::any_of && below(4) == 0) made.parts[below(made.parts.size())].is_required = true;
  }
  if (below(4) == 0) made.boost = std::array{0.0F, 0.5F, 2.0F, 7.5F}[below(4)];
  return made;
}

std::shared_ptr<const text_segment> payload_store::outline_of(const text_segment& segment, std::size_t max_bytes) {
  const auto made = to_payloads(segment, max_bytes);
  const auto prefix = std::to_string(segments_++) + "/";
  std::vector<std::string> names;
  for (const auto& payload : made) {
    names.push_back(prefix + std::to_string(names.size()));
    payloads[names.back()] = payload;
  }
  return outline_from_payloads(std::span(made).first(payloads_of_outline(made.front())), names);
}

void payload_store::read(std::span<const std::string> names, const payload_sink& use) {
  ++reads;
  for (const auto& name : names) {
    asked.push_back(name);
    if (const auto at = payloads.find(name); at != payloads.end()) use(name, at->second);
  }
}

void text_world::change(const std::vector<std::int64_t>& gone, const text_corpus& added) {
  index_ = index_->changed(gone, segment_of(added, columns_));
  for (const auto key : gone) {
    touched_.insert(key);
    newest_.erase(key);
    alive_.erase(key);
  }
  for (const auto& [key, document] : added) {
    touched_.insert(key);
    newest_[key] = alive_[key] = document;
  }
}

void text_world::store(std::size_t max_bytes) {
  const auto payloads = to_payloads(*segment_of(newest_, columns_), max_bytes);
  stored_.push_back({touched_, newest_, segment_from_payloads(payloads)});
  touched_.clear();
  newest_.clear();
  read_stored();
}

void text_world::read_stored() {
  index_ = std::make_shared<const text_snapshot>(columns_);
  for (const auto& one : stored_) {
    const std::vector<std::int64_t> gone(one.gone.begin(), one.gone.end());
    index_ = index_->with_stored(gone, one.segment);
  }
  index_ = index_->changed(std::vector<std::int64_t>(touched_.begin(), touched_.end()), segment_of(newest_, columns_));
}

void text_world::join(std::size_t first) {
  std::shared_ptr<const text_snapshot> all = std::make_shared<const text_snapshot>(columns_);
  stored_segment joined;
  for (auto i = first; i < stored_.size(); ++i) {
    const auto& one = stored_[i];
    all = all->with_stored(std::vector<std::int64_t>(one.gone.begin(), one.gone.end()), one.segment);
    for (const auto key : one.gone) joined.documents.erase(key);
    for (const auto& [key, document] : one.documents) joined.documents[key] = document;
    joined.gone.insert(one.gone.begin(), one.gone.end());
  }
  joined.segment = all->joined();
  stored_.resize(first);
  stored_.push_back(std::move(joined));
  read_stored();
}

std::shared_ptr<const text_snapshot> text_world::in_parts(std::size_t max_bytes, payload_store& store) const {
  std::shared_ptr<const text_snapshot> made = std::make_shared<const text_snapshot>(columns_);
  for (const auto& one : stored_) {
    const std::vector<std::int64_t> gone(one.gone.begin(), one.gone.end());
    made = made->with_stored(gone, one.segment == nullptr ? nullptr : store.outline_of(*one.segment, max_bytes));
  }
  return made->changed(std::vector<std::int64_t>(touched_.begin(), touched_.end()), segment_of(newest_, columns_));
}

std::vector<std::int64_t> text_world::keys() const {
  std::vector<std::int64_t> made;
  for (const auto& [key, document] : alive_) made.push_back(key);
  return made;
}

std::vector<text_hit> text_world::expected(const text_request& request) const {
  std::vector<const text_columns*> counted;
  for (const auto& one : stored_)
    for (const auto& [key, document] : one.documents) counted.push_back(&document);
  for (const auto& [key, document] : newest_) counted.push_back(&document);
  const text_oracle oracle(counted, request, columns_);
  std::vector<text_hit> hits;
  for (const auto& [key, document] : alive_) {
    if (request.allowed != nullptr && !request.allowed->contains(key)) continue;
    if (const auto score = oracle.score(document, request.query, 1)) hits.push_back({key, *score});
  }
  std::ranges::stable_sort(hits, std::greater<>{}, &text_hit::score);
  if (hits.size() > request.wanted) hits.resize(request.wanted);
  return hits;
}

void expect_same_hits(const std::vector<text_hit>& found, const std::vector<text_hit>& expected,
                      const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i].score, expected[i].score, 1e-6) << what << " at " << i;
    if (found[i].key == expected[i].key) continue;
    // two whose scores are equal but for rounding may have changed places
    const auto same = [&](const text_hit& hit) { return std::abs(hit.score - found[i].score) < 1e-9; };
    EXPECT_GT(std::ranges::count_if(expected, same) + (same(expected.back()) ? 1 : 0), 1) << what << " at " << i;
  }
}

std::string to_string(const text_query& query) {
  constexpr const char* names[] = {"term", "prefix", "phrase", "all_of", "any_of", "but_not"};
  std::ostringstream out;
  out << (query.is_required ? "+" : "") << names[static_cast<int>(query.op)] << '(' << query.term;
  for (const auto& word : query.words) out << word.term << '@' << word.offset << ' ';
  if (query.op == text_op::phrase) out << '~' << query.slop;
  for (const auto& part : query.parts) out << to_string(part) << ' ';
  out << ')';
  if (query.column >= 0) out << " in " << query.column;
  if (query.boost != 1) out << '^' << query.boost;
  return out.str();
}

}  // namespace tests
