// Which columns and which key a data file needs: found in all of its rows, not in the first few.
#pragma once

#include "records.hpp"
#include <tidbxx/tidbxx.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// Whether values are all different, exactly for integers and by 128 bits of a hash for texts.
/// Cost: 8 or 16 bytes a row, until a value comes twice.
class uniqueness {
public:
  void add(std::int64_t number);
  /// Spaces at the end do not count: to TiDB "a" and "a " are the same key.
  void add(std::string_view text);
  /// It can be no key, whatever follows.
  void give_up();
  bool holds();

private:
  using hash128 = std::array<std::uint64_t, 2>;
  void look_for_doubles();

  bool possible_{true};
  std::size_t next_look_{std::size_t{1} << 16U};
  std::vector<std::int64_t> numbers_;
  std::vector<hash128> texts_;
};

/// What was seen of one field.
class field_summary {
public:
  /// `loose`: texts of CSV, which may be numbers.
  void add(field_value value, bool loose);
  std::uint64_t present() const noexcept { return present_; }
  std::size_t longest() const noexcept { return most_characters_; }
  /// The narrowest column type that takes all of it.
  tidb::column_type type() const;

private:
  void add_number(const field_value& value);
  void add_text(std::string_view text);
  std::uint64_t count(field_kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  tidb::column_type text_type() const;
  std::optional<tidb::column_type> number_type() const;

  std::uint64_t present_{};
  std::array<std::uint64_t, 7> counts_{};
  bool negative_{};
  bool exact_as_real_{true};
  bool dates_{true};
  bool datetimes_{true};
  std::size_t most_characters_{};
  std::size_t most_bytes_{};
};

class inference {
public:
  /// `wanted_key`: a field's name, or empty.
  inference(std::string table, std::string wanted_key, bool loose)
      : table_(std::move(table)), wanted_key_(std::move(wanted_key)), loose_(loose) {}

  void add(const record& row, const field_names& names);
  /// Columns and key. Errors: failure for names that differ only in case, and for a --key that cannot be one.
  tidb::table_definition definition(const field_names& names);

private:
  struct candidate {
    std::size_t place{};
    int rank{};  ///< the lowest wins
    uniqueness seen{};
  };

  void consider(std::size_t place, const std::string& name);
  static void look_at(candidate& key, field_value value, bool loose);
  std::optional<std::size_t> key_place(const field_names& names);
  std::size_t wanted_place(const field_names& names) const;

  std::string table_;
  std::string wanted_key_;
  bool loose_;
  std::uint64_t rows_{};
  std::vector<field_summary> fields_;
  std::vector<candidate> candidates_;
};

}  // namespace cli
