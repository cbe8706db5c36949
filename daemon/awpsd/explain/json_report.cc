// write_json_report() of reports.h.

#include <ostream>

#include "base/json_text.h"
#include "daemon/awpsd/explain/reports.h"
#include "daemon/awpsd/explain/words.h"

namespace awps {

namespace {

/// One object, member by member.
class JsonLine {
 public:
  explicit JsonLine(std::string_view type) { add("type", type); }

  JsonLine& add(std::string_view key, std::string_view text) {
    begin(key);
    append_json_string(text_, text);
    return *this;
  }
  JsonLine& add(std::string_view key, uint64_t number) {
    begin(key);
    append_number(text_, number);
    return *this;
  }
  JsonLine& add_milliseconds(std::string_view key, Duration time) {
    begin(key);
    text_ += number_text(to_seconds(time) * 1e3);
    return *this;
  }
  template <typename Value>
  JsonLine& add_list(std::string_view key, const std::vector<uint64_t>& seqs, const Value& value) {
    begin(key);
    text_ += '[';
    for (const uint64_t seq : seqs) {
      if (text_.back() != '[') text_ += ',';
      append_number(text_, value(seq));
    }
    text_ += ']';
    return *this;
  }
  void write(std::ostream& out) { out << text_ << "}\n"; }

 private:
  void begin(std::string_view key) {
    text_ += text_.empty() ? '{' : ',';
    append_json_string(text_, key);
    text_ += ':';
  }

  std::string text_;
};

uint64_t line_of(const ExplainInput& input, uint64_t seq) {
  return input.places[seq - 1].line;
}

void write_request(std::ostream& out, const ExplainInput& input, const ExplainedHub& hub,
                   const ExplainedRequest& request) {
  JsonLine line("request");
  line.add("hub", hub.hub).add_milliseconds("ms", request.at).add("method", request.method);
  line.add("url", request.url);
  if (!request.written_body.empty()) line.add("body", request.written_body);
  line.add("bodyBytes", request.body_bytes).add("rule", name_of(request.form));
  line.add("why", request.reason.key).add("reason", request.reason.text);
  line.add("actionName", name_of(request.kind)).add("actions", request.seqs.size());
  line.add_list("seqs", request.seqs, [](uint64_t seq) { return seq; });
  line.add_list("lines", request.seqs, [&](uint64_t seq) { return line_of(input, seq); });
  line.write(out);
}

void write_end(std::ostream& out, const ExplainInput& input, const ExplainedHub& hub,
               const SimulatedEnd& end) {
  const bool is_superseded = end.kind == OutcomeKind::kSuperseded;
  JsonLine line(name_of(end.kind));
  line.add("hub", hub.hub).add_milliseconds("ms", end.after);
  line.add("seq", end.seq).add("line", line_of(input, end.seq));
  if (is_superseded) {
    line.add("bySeq", end.by_seq).add("byLine", line_of(input, end.by_seq));
    line.add("rule", replacing_rule(input, end));
  }
  line.write(out);
}

void write_summary(std::ostream& out, const ExplainedHub& hub) {
  uint64_t superseded = 0;
  for (const SimulatedEnd& end : hub.with.ends) {
    superseded += end.kind == OutcomeKind::kSuperseded ? 1 : 0;
  }
  JsonLine line("summary");
  line.add("hub", hub.hub).add("actions", hub.with.accepted).add("carried", hub.with.delivered);
  line.add("requests", hub.with.requests).add_milliseconds("ms", hub.with.took);
  line.add("superseded", superseded).add("expired", hub.with.ends.size() - superseded);
  line.add("requestsWithoutCoalescing", hub.without.requests);
  line.add_milliseconds("msWithoutCoalescing", hub.without.took);
  line.write(out);
}

}  // namespace

void write_json_report(std::ostream& out, const ExplainInput& input,
                       const std::vector<ExplainedHub>& hubs) {
  for (const InputNote& note : input.refused) {
    JsonLine line("refused");
    line.add("line", note.line).add("code", note.code).add("message", note.text).write(out);
  }
  for (const InputNote& note : input.warnings) {
    JsonLine line("warning");
    line.add("line", note.line).add("message", note.text).write(out);
  }
  for (const ExplainedHub& hub : hubs) {
    JsonLine line("hub");
    line.add("hub", hub.hub).add("url", hub.url).add("rules", hub.rules).write(out);
    for (const SimulatedEnd& end : hub.with.ends) write_end(out, input, hub, end);
    for (const ExplainedRequest& request : hub.requests) write_request(out, input, hub, request);
    write_summary(out, hub);
  }
}

}  // namespace awps
