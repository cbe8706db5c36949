#include "admin/metric_writer.h"

#include <charconv>

namespace awps::admin {

namespace {

std::string_view word_of(MetricWriter::Type type) {
  switch (type) {
    case MetricWriter::Type::kCounter:
      return "counter";
    case MetricWriter::Type::kGauge:
      return "gauge";
    case MetricWriter::Type::kHistogram:
      break;
  }
  return "histogram";
}

std::string real_text(double number) {
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general).ptr;
  return {digits, end};
}

}  // namespace

void MetricWriter::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(word_of(type)).append("\n");
}

void MetricWriter::histogram(Labels labels, const HistogramValues& values) {
  uint64_t count = 0;
  for (size_t i = 0; i < values.counts.size(); ++i) {
    count += values.counts[i];
    const bool is_last = i == HistogramValues::kBounds;
    begin_sample("_bucket", labels,
                 is_last ? "+Inf" : real_text(to_seconds(Histogram::bounds()[i])));
    append_number(text_, count);
    text_ += '\n';
  }
  begin_sample("_sum", labels, {});
  append_real(values.sum_seconds);
  text_ += '\n';
  begin_sample("_count", labels, {});
  append_number(text_, count);
  text_ += '\n';
}

void MetricWriter::begin_sample(std::string_view suffix, Labels labels, std::string_view bound) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const Label& label : labels) {
    append_label(before, label);
    before = ',';
  }
  if (!bound.empty()) {
    append_label(before, {"le", bound});
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_ += ' ';
}

void MetricWriter::append_label(char before, const Label& label) {
  text_ += before;
  text_.append(label.name).append("=\"");
  for (const char c : label.value) {
    if (c == '\n') {
      text_ += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text_ += '\\';
    // Names of hubs and addresses are ASCII; whatever is not must not make the text invalid UTF-8.
    const auto byte = static_cast<unsigned char>(c);  // char has a sign on some machines alone
    text_ += byte < ' ' || byte >= 0x7f ? '?' : c;
  }
  text_ += '"';
}

void MetricWriter::append_real(double number) {
  text_ += real_text(number);
}

}  // namespace awps::admin
