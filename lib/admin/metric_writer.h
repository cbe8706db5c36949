#pragma once

// MetricWriter: families and samples in Prometheus' text format. The caller writes a family's
// samples before the next family begins.
//
// One thread.

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_text.h"
#include "metrics/histogram.h"

namespace awps::admin {

class MetricWriter {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  using Labels = std::initializer_list<Label>;

  enum class Type { kCounter, kGauge, kHistogram };

  void family(std::string_view name, Type type, std::string_view help);
  template <typename Number>
  void sample(Labels labels, Number value) {
    begin_sample({}, labels, {});
    if constexpr (std::same_as<Number, bool>) {
      text_ += value ? '1' : '0';
    } else if constexpr (std::integral<Number>) {
      append_number(text_, value);
    } else {
      append_real(value);
    }
    text_ += '\n';
  }
  /// Buckets, sum and count, of a family of that type.
  void histogram(Labels labels, const HistogramValues& values);

  std::string take() { return std::move(text_); }

 private:
  void begin_sample(std::string_view suffix, Labels labels, std::string_view bound);
  void append_label(char before, const Label& label);
  void append_real(double number);

  std::string text_;
  std::string name_;  // of the family that is being written
};

}  // namespace awps::admin
