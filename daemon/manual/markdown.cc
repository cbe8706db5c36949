#include "daemon/manual/markdown.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <vector>

#include "daemon/manual/roff.h"

namespace awps {

namespace {

using Lines = std::span<const std::string>;

constexpr std::string_view kFence = "```";

bool is_blank(std::string_view line) {
  return line.find_first_not_of(' ') == std::string_view::npos;
}
bool is_bullet(std::string_view line) {
  return line.starts_with("- ");
}
bool is_table(std::string_view line) {
  return line.starts_with('|');
}
bool begins_block(std::string_view line) {
  return is_blank(line) || is_bullet(line) || is_table(line) || line.starts_with('#') ||
         line.starts_with(kFence);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// An address may be broken after a slash.
std::string breakable(const std::string& address) {
  std::string result;
  for (const char c : address) {
    result += c;
    if (c == '/') result += "\\:";
  }
  return result;
}

/// Words with their marks; text that has none is gathered, since roff_text() looks at line starts.
class Inline {
 public:
  explicit Inline(std::string_view text) : rest_(text) {}

  std::string render() {
    while (!rest_.empty()) {
      if (!take_code() && !take_emphasis("**", "\\fB") && !take_emphasis("*", "\\fI") &&
          !take_link()) {
        take_character();
      }
    }
    flush();
    return std::move(result_);
  }

 private:
  bool take_code() {
    if (!rest_.starts_with('`')) return false;
    const size_t end = rest_.find('`', 1);
    if (end == std::string_view::npos) return false;
    flush();
    std::string code(rest_.substr(1, end - 1));
    std::ranges::replace(code, '\n', ' ');
    result_ += roff_code(code);
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool take_emphasis(std::string_view mark, std::string_view font) {
    if (!rest_.starts_with(mark)) return false;
    const size_t end = rest_.find(mark, mark.size());
    if (end == std::string_view::npos) return false;
    flush();
    const std::string_view inner = rest_.substr(mark.size(), end - mark.size());
    result_.append(font).append(Inline(inner).render()).append("\\fR");
    rest_.remove_prefix(end + mark.size());
    return true;
  }

  /// The address too, where it is one that means something outside of the tree.
  bool take_link() {
    const size_t middle = rest_.starts_with('[') ? rest_.find("](") : std::string_view::npos;
    const size_t end =
        middle == std::string_view::npos ? std::string_view::npos : rest_.find(')', middle);
    if (end == std::string_view::npos) return false;
    flush();
    const std::string_view address = rest_.substr(middle + 2, end - middle - 2);
    result_ += Inline(rest_.substr(1, middle - 1)).render();
    if (address.starts_with("http")) result_ += " <" + breakable(roff_code(address)) + ">";
    rest_.remove_prefix(end + 1);
    return true;
  }

  void take_character() {
    const bool escape = rest_.size() > 1 && rest_[0] == '\\' &&
                        std::ispunct(static_cast<unsigned char>(rest_[1])) != 0;
    plain_ += rest_[escape ? 1 : 0];
    rest_.remove_prefix(escape ? 2 : 1);
  }

  void flush() {
    result_ += roff_text(plain_);
    plain_.clear();
  }

  std::string_view rest_;
  std::string plain_;
  std::string result_;
};

std::string render_inline(std::string_view text) {
  return Inline(text).render();
}

std::vector<std::string> cells_of(std::string_view row) {
  row = row.substr(1);
  std::vector<std::string> cells(1);
  for (size_t at = 0; at < row.size(); ++at) {
    if (row[at] == '\\' && at + 1 < row.size() && row[at + 1] == '|') {
      cells.back() += '|';
      ++at;
    } else if (row[at] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += row[at];
    }
  }
  if (is_blank(cells.back())) cells.pop_back();
  std::ranges::transform(cells, cells.begin(), [](const std::string& c) { return trimmed(c); });
  return cells;
}

std::string render_tagged(Lines rows) {
  std::string text;
  for (const std::string& row : rows.subspan(2)) {
    const std::vector<std::string> cells = cells_of(row);
    text += ".TP\n" + render_inline(cells[0]) + "\n" + render_inline(cells.back()) + "\n";
  }
  return text;
}

std::string render_grid(Lines rows, size_t columns) {
  std::string text = ".TS\nallbox;\n";
  for (size_t column = 0; column < columns; ++column) text += column == 0 ? "l" : " lx";
  text += ".\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i == 1) continue;  // the line under the head
    const std::vector<std::string> cells = cells_of(rows[i]);
    for (size_t column = 0; column < cells.size(); ++column) {
      text += (column == 0 ? "T{\n" : "\tT{\n") + render_inline(cells[column]) + "\nT}";
    }
    text += "\n";
  }
  return text + ".TE\n";
}

std::string render_table(Lines rows) {
  if (rows.size() < 3) return "";
  const size_t columns = cells_of(rows[0]).size();
  return columns == 2 ? render_tagged(rows) : render_grid(rows, columns);
}

std::string render_heading(std::string_view line) {
  const size_t depth = line.find_first_not_of('#');
  if (depth == 1) return "";
  return (depth == 2 ? ".SH " : ".SS ") + render_inline(trimmed(line.substr(depth))) + "\n";
}

std::string join(Lines lines) {
  std::string text;
  for (const std::string& line : lines) text += trimmed(line) + "\n";
  return text;
}

size_t end_of(Lines lines, size_t from, bool (*belongs)(std::string_view)) {
  while (from < lines.size() && belongs(lines[from])) ++from;
  return from;
}

/// Our documents say behind the fence what becomes of an example: ```json rejected CODE
std::string render_code(std::string_view fence, Lines lines) {
  constexpr std::string_view kRejected = "rejected ";
  std::string text;
  const size_t at = fence.find(kRejected);
  if (at != std::string_view::npos) {
    text = ".PP\nRefused as " + roff_code(fence.substr(at + kRejected.size())) + ":\n";
  }
  std::string code;
  for (const std::string& line : lines) code += line + "\n";
  return text + roff_code_block(code);
}

std::string render_blocks(Lines lines);

/// "- text", continued by lines that are indented by two; what is a block of its own follows.
std::string render_bullet(Lines item) {
  std::vector<std::string> inner;
  for (const std::string& line : item)
    inner.push_back(line.substr(std::min(line.size(), size_t{2})));
  const size_t end = end_of(inner, 1, [](std::string_view line) { return !begins_block(line); });
  std::string text = ".IP \\(bu 2\n" + render_inline(join(Lines(inner).first(end)));
  const std::string rest = render_blocks(Lines(inner).subspan(end));
  return rest.empty() ? text : text + ".RS 2\n" + rest + ".RE\n";
}

/// Behind a heading there is a new paragraph already.
bool ends_with_heading(const std::string& text) {
  if (text.empty()) return false;
  const size_t line = text.rfind('\n', text.size() - 2) + 1;
  return text.compare(line, 3, ".SH") == 0 || text.compare(line, 3, ".SS") == 0;
}

std::string render_blocks(Lines lines) {
  std::string text;
  for (size_t at = 0; at < lines.size();) {
    const std::string_view line = lines[at];
    size_t end = at + 1;
    if (line.starts_with(kFence)) {
      end = end_of(lines, end, [](std::string_view l) { return !l.starts_with(kFence); });
      text += render_code(line, lines.subspan(at + 1, end - at - 1));
      end = std::min(end + 1, lines.size());
    } else if (line.starts_with('#')) {
      text += render_heading(line);
    } else if (is_table(line)) {
      end = end_of(lines, end, is_table);
      text += render_table(lines.subspan(at, end - at));
    } else if (is_bullet(line)) {
      end = end_of(lines, end, [](std::string_view l) { return is_blank(l) || l[0] == ' '; });
      text += render_bullet(lines.subspan(at, end - at));
    } else if (!is_blank(line)) {
      end = end_of(lines, end, [](std::string_view l) { return !begins_block(l); });
      text += ends_with_heading(text) ? "" : ".PP\n";
      text += render_inline(join(lines.subspan(at, end - at)));
    }
    at = end;
  }
  return text;
}

}  // namespace

std::string markdown_as_roff(std::string_view markdown) {
  return render_blocks(lines_of(markdown));
}

}  // namespace awps
