#include "daemon/awpsctl/view/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/terminal_text.h"

namespace awps {

namespace {

constexpr size_t kGap = 2;
constexpr size_t kGone = 0;
constexpr size_t kLeastFlexible = 8;  // less says nothing

size_t total_of(const std::vector<size_t>& widths) {
  size_t total = 0;
  for (const size_t width : widths) {
    if (width != kGone) total += width + (total == 0 ? 0 : kGap);
  }
  return total;
}

std::string laid_out(const std::string& text, const Column& column, size_t width) {
  const std::string fitting = shortened(text, width);
  return column.is_right ? padded_left(fitting, width) : padded_right(fitting, width);
}

void trim_end(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
  AWPS_CHECK(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<size_t> Table::natural_widths() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = std::max<size_t>(columns_of(columns_[i].title), 1);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, columns_of(row[i].text));
    widths.push_back(width);
  }
  return widths;
}

std::vector<size_t> Table::fitted_widths(size_t width) const {
  std::vector<size_t> widths = natural_widths();
  const auto excess = [&] {
    const size_t total = total_of(widths);
    return total > width ? total - width : 0;
  };
  // What flexible columns can give is taken before a column leaves.
  const auto can_give = [&] {
    size_t give = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].flexible && widths[i] > kLeastFlexible) give += widths[i] - kLeastFlexible;
    }
    return give;
  };
  while (excess() > can_give()) {
    size_t least = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == kGone || columns_[i].priority == 0) continue;
      if (least == columns_.size() || columns_[i].priority > columns_[least].priority) least = i;
    }
    if (least == columns_.size()) break;
    widths[least] = kGone;
  }
  for (const bool cut_last : {false, true}) {
    for (size_t i = columns_.size(); i-- > 0;) {
      const bool may_be_cut = cut_last ? columns_[i].cut_last : columns_[i].flexible;
      if (!may_be_cut || widths[i] <= kLeastFlexible) continue;
      widths[i] -= std::min(widths[i] - kLeastFlexible, excess());
    }
  }
  return widths;
}

std::vector<std::string> Table::lines(size_t width, const Paint& paint) const {
  const std::vector<size_t> widths = fitted_widths(width);
  const auto line_of = [&](const auto& cell_of) {
    std::string line;
    bool first = true;
    // Blanks at the end are never written: trim before the last cell is painted.
    std::string pending;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == kGone) continue;
      if (!first) pending += std::string(kGap, ' ');
      first = false;
      const auto [text, colour] = cell_of(i);
      const std::string whole = laid_out(text, columns_[i], widths[i]);
      std::string visible = whole;
      trim_end(visible);
      const size_t trailing = whole.size() - visible.size();
      if (!visible.empty()) {
        line += pending + paint(visible, colour);
        pending.clear();
      }
      pending += std::string(trailing, ' ');
    }
    return line;
  };
  std::vector<std::string> lines;
  lines.push_back(line_of(
      [&](size_t i) { return std::pair<std::string, Colour>(columns_[i].title, Colour::kFaint); }));
  for (const std::vector<Cell>& row : rows_) {
    lines.push_back(line_of(
        [&](size_t i) { return std::pair<std::string, Colour>(row[i].text, row[i].colour); }));
  }
  return lines;
}

}  // namespace awps
