#pragma once

// Table: cells under titles, laid out for a width. Where it is too narrow the columns that matter
// least leave, and then those that may be cut are cut.
//
// 1. Every row has as many cells as there are columns.
// 2. No line is wider than asked for, as long as the columns that stay and may not be cut fit.
//
// One thread.

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/awpsctl/view/paint.h"

namespace awps {

struct Column {
  std::string title;
  int priority = 0;       // the highest leaves first; 0: stays
  bool is_right = false;  // for numbers
  bool flexible = false;  // may be cut with …
  bool cut_last = false;  // may be cut, too, but only where nothing else helps
};

struct Cell {
  std::string text;  // printable
  Colour colour = Colour::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  /// The titles and a line for each row, without '\n' and without blanks at the end.
  std::vector<std::string> lines(size_t width, const Paint& paint) const;

 private:
  std::vector<size_t> natural_widths() const;
  std::vector<size_t> fitted_widths(size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace awps
