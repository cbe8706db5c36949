#include "action/decoder.h"

#include "action/hello_reader.h"
#include "action/json_mistake.h"
#include "action/json_scan.h"
#include "action/refusal.h"
#include "action/words.h"

namespace awps {

namespace {

constexpr std::string_view kOneLine = "; write one JSON object or array per line, in UTF-8";
constexpr std::string_view kOneLineOfMany =
    "; write one JSON object or array per line, as 'jq -c' does";

Rejection no_json(std::string_view reason, std::string_view remedy) {
  return {RejectCode::kInvalidJson, concatenate({"the line is not JSON: ", reason, remedy}), {}};
}

Rejection no_memory() {
  return {RejectCode::kLineTooLong, "there is no memory to parse the line: write shorter ones", {}};
}

Rejection piece_of_value() {
  return no_json("it is a piece of a value that an earlier line opened", kOneLineOfMany);
}

Rejection invalid(std::string message) {
  return {RejectCode::kInvalidAction, std::move(message), {}};
}

// A line has no line feed, but a record may.
constexpr std::string_view kBlanks = " \t\r\n";

bool begins_with_hello_key(std::string_view line) {
  static constexpr std::string_view kHello = "\"hello\"";
  const size_t at = line.find_first_not_of(kBlanks);
  return at != std::string_view::npos &&
         equal_ignoring_case(line.substr(at, kHello.size()), kHello);
}

// Whether a line that could not be parsed was meant as a hello. What follows it was then meant for
// the hub that it names, and must not go to another.
bool looks_like_hello(std::string_view line) {
  const size_t at = line.find_first_not_of(kBlanks);
  return at != std::string_view::npos && line[at] == '{' &&
         begins_with_hello_key(line.substr(at + 1));
}

}  // namespace

LineRest ActionDecoder::decode(std::string_view line, LinesBefore& before, LineVisitor& visitor) {
  const simdjson::error_code error = read_line(line);
  LineRest rest;
  if (error == simdjson::EMPTY) return rest;
  if (error == simdjson::MEMALLOC || error == simdjson::CAPACITY) {
    visitor.on_rejected(no_memory());
  } else if (error != simdjson::SUCCESS) {
    refuse_broken(line, error, before, visitor);
  } else if (before.opened.awaits_value()) {
    before.opened.follow(line, before.none);
    visitor.on_rejected(piece_of_value());
  } else {
    before.opened.close();
    rest = decode_value(before.none, visitor);
  }
  if (has_grown()) release_excess();
  return rest;
}

simdjson::error_code ActionDecoder::read_line(std::string_view line) {
  if (const simdjson::error_code error = find_tokens(line)) return error;
  strings_.begin_text(line.size());
  JsonWalk walk(text_);
  root_ = {.type = JsonType::kObject, .first_token = text_.first_token, .source = &text_};
  // end() says whether it could be read.
  (void)(walk.symbol() == '{' ? members_.read(walk) : walk.take_value(root_));
  return walk.end();
}

simdjson::error_code ActionDecoder::find_tokens(std::string_view line) {
  text_.strings = &strings_;
  if (lines_.find(line, text_)) {
    const bool is_empty = *text_.first_token >= text_.end;
    return is_empty ? simdjson::EMPTY : simdjson::SUCCESS;
  }
  if (const simdjson::error_code error = index_.find_tokens(line)) return error;
  text_.origin = line.data();
  text_.begin = 0;
  text_.first_token = index_.tokens();
  text_.end = static_cast<uint32_t>(line.size());
  text_.has_escapes = line.find('\\') != std::string_view::npos;
  return simdjson::SUCCESS;
}

void ActionDecoder::release_excess() {
  index_.release_excess();
  strings_.release_excess();
  reader_.release_excess();
}

void ActionDecoder::release_unused() {
  index_.release_unused();
  strings_.release_unused();
  reader_.release_unused();
}

void ActionDecoder::refuse_broken(std::string_view line, simdjson::error_code error,
                                  LinesBefore& before, LineVisitor& visitor) {
  SpreadValue& opened = before.opened;
  const std::string_view reason = reason_of(error, line);
  const bool is_hello = before.none ? looks_like_hello(line)
                                    : opened.awaits_first_key() && begins_with_hello_key(line);
  const bool is_piece = opened.can_go_on(line);
  opened.follow(line, before.none);
  if (is_hello) return visitor.on_bad_hello(no_json(reason, kOneLineOfMany));
  if (is_piece) return visitor.on_rejected(piece_of_value());
  if (!opened.is_open()) return visitor.on_rejected(no_json(reason, kOneLine));
  visitor.on_rejected(no_json("it opens a value that it does not close", kOneLineOfMany));
}

LineRest ActionDecoder::decode_value(bool first_line, LineVisitor& visitor) {
  if (root_.is(JsonType::kObject)) return decode_object(first_line, visitor);
  if (root_.is(JsonType::kArray)) {
    return decode_elements(root_, LineRest::Form::kElements, visitor);
  }
  visitor.on_rejected(invalid(
      concatenate({"the line is ", type_name(root_),
                   ": write an action as an object with 'actionName', or an array of these"})));
  return {};
}

LineRest ActionDecoder::decode_object(bool first_line, LineVisitor& visitor) {
  if (first_line && members_.has(Key::kHello)) {
    decode_hello(visitor);
  } else if (members_.has(Key::kBatch) && !members_.has(Key::kActionName)) {
    return decode_batch(visitor);
  } else if (decode_action(visitor) == NextElement::kAgainLater) {
    return {.form = LineRest::Form::kLine};
  }
  return {};
}

LineRest ActionDecoder::decode_batch(LineVisitor& visitor) {
  if (const auto key = members_.repeated()) {
    visitor.on_rejected(
        invalid(concatenate({quoted(*key), " appears twice in the batch: remove one of them"})));
    return {};
  }
  if (!members_.has(Key::kOrdered) || !members_.at(Key::kOrdered).boolean().value_or(false)) {
    visitor.on_rejected(
        invalid("'batch' without \"ordered\":true: add it, or write the array alone for actions "
                "that need not wait for each other"));
    return {};
  }
  const JsonValue batch = members_.at(Key::kBatch);
  if (!batch.is(JsonType::kArray)) {
    visitor.on_rejected(
        invalid(concatenate({"'batch' is ", type_name(batch), ": give an array of actions"})));
    return {};
  }
  if (JsonElements(batch).next() == nullptr) return {};
  visitor.begin_ordered_batch();
  const LineRest rest = decode_elements(batch, LineRest::Form::kBatch, visitor);
  if (rest.form == LineRest::Form::kNothing) visitor.end_ordered_batch();
  return rest;
}

LineRest ActionDecoder::decode_elements(const JsonValue& array, LineRest::Form form,
                                        LineVisitor& visitor) {
  JsonWalk walk(array);
  walk.skip();
  if (walk.symbol() == ']') return {};
  for (bool is_last = false; !is_last;) {
    const size_t begin = walk.position() - text_.begin;
    strings_.begin_text(text_.end - text_.begin);
    const NextElement next = decode_element(walk, visitor);
    if (next == NextElement::kAgainLater) return {form, begin};
    is_last = !walk.take(',');
    if (next == NextElement::kLater && !is_last) return {form, walk.position() - text_.begin};
  }
  return {};
}

LineRest ActionDecoder::decode_rest(std::string_view text, LineRest::Form form,
                                    LineVisitor& visitor) {
  if (form == LineRest::Form::kLine) {
    LinesBefore some{.none = false, .opened = {}};
    return decode(text, some, visitor);
  }
  const LineRest rest = decode_one_by_one(text, form, visitor);
  if (form == LineRest::Form::kBatch && rest.form == LineRest::Form::kNothing) {
    visitor.end_ordered_batch();
  }
  if (has_grown()) release_excess();
  return rest;
}

LineRest ActionDecoder::decode_one_by_one(std::string_view text, LineRest::Form form,
                                          LineVisitor& visitor) {
  for (size_t begin = 0;;) {
    const size_t end = end_of_element(text, begin);
    NextElement next = NextElement::kGoOn;
    if (read_line(text.substr(begin, end - begin)) != simdjson::SUCCESS) {
      visitor.on_rejected(no_memory());  // what else: it was parsed before
      next = visitor.next_element();
    } else {
      next = root_.is(JsonType::kObject) ? decode_action(visitor) : refuse_element(root_, visitor);
    }
    if (next == NextElement::kAgainLater) return {form, begin};
    const size_t separator = text.find_first_not_of(kBlanks, end);
    if (text[separator] == ']') return {};
    begin = text.find_first_not_of(kBlanks, separator + 1);
    if (next == NextElement::kLater) return {form, begin};
  }
}

NextElement ActionDecoder::decode_element(JsonWalk& walk, LineVisitor& visitor) {
  // It was checked with the line: no step fails.
  if (walk.symbol() == '{') {
    (void)members_.read(walk);
    return decode_action(visitor);
  }
  JsonValue element;
  (void)walk.take_value(element);
  return refuse_element(element, visitor);
}

NextElement ActionDecoder::refuse_element(const JsonValue& element, LineVisitor& visitor) {
  visitor.on_rejected(invalid(
      concatenate({"an element is ", type_name(element), ": give an object with 'actionName'"})));
  return visitor.next_element();
}

NextElement ActionDecoder::decode_action(LineVisitor& visitor) {
  if (reader_.read(members_)) {
    visitor.on_action(reader_.action());
  } else {
    visitor.on_rejected(reader_.rejection());
  }
  const NextElement next = visitor.next_element();
  if (next == NextElement::kAgainLater || members_.meant().empty()) return next;
  visitor.on_warning(concatenate({"the unknown key ", quoted(members_.misspelt()),
                                  " is ignored: did you mean '", members_.meant(), "'?"}));
  return next;
}

void ActionDecoder::decode_hello(LineVisitor& visitor) {
  HelloReader hello;
  if (hello.read(members_)) {
    visitor.on_hello(hello.hello());
  } else {
    visitor.on_bad_hello(hello.rejection());
  }
}

}  // namespace awps
