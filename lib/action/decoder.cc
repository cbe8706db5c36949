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
  const simdjson::error_code error = parser_.parse(line);
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
  parser_.release_excess();
  reader_.release_excess();
  return rest;
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
  if (parser_.root().is_object()) return decode_object(first_line, visitor);
  if (parser_.root().is_array()) {
    return decode_elements(parser_.root().get_array().value_unsafe(), parser_.tokens(),
                           LineRest::Form::kElements, visitor);
  }
  visitor.on_rejected(invalid(
      concatenate({"the line is ", type_name(parser_.root()),
                   ": write an action as an object with 'actionName', or an array of these"})));
  return {};
}

LineRest ActionDecoder::decode_object(bool first_line, LineVisitor& visitor) {
  Tokens tokens = parser_.tokens();
  members_.read(parser_.root().get_object().value_unsafe(), tokens);
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
  bool ordered = false;
  if (!members_.has(Key::kOrdered) ||
      members_.at(Key::kOrdered).value.get_bool().get(ordered) != simdjson::SUCCESS || !ordered) {
    visitor.on_rejected(
        invalid("'batch' without \"ordered\":true: add it, or write the array alone for actions "
                "that need not wait for each other"));
    return {};
  }
  const Members::Member& batch = members_.at(Key::kBatch);
  simdjson::dom::array elements;
  if (batch.value.get_array().get(elements) != simdjson::SUCCESS) {
    visitor.on_rejected(invalid(
        concatenate({"'batch' is ", type_name(batch.value), ": give an array of actions"})));
    return {};
  }
  const Tokens tokens = batch.tokens;
  if (elements.begin() == elements.end()) return {};
  visitor.begin_ordered_batch();
  const LineRest rest = decode_elements(elements, tokens, LineRest::Form::kBatch, visitor);
  if (rest.form == LineRest::Form::kNothing) visitor.end_ordered_batch();
  return rest;
}

LineRest ActionDecoder::decode_elements(const simdjson::dom::array& elements, Tokens tokens,
                                        LineRest::Form form, LineVisitor& visitor) {
  tokens.skip();  // the opening bracket
  for (const simdjson::dom::element element : elements) {
    const size_t begin = tokens.position();
    const NextElement next = decode_element(element, tokens, visitor);
    if (next == NextElement::kAgainLater) return {form, begin};
    const bool is_last = tokens.symbol() == ']';
    tokens.skip();  // the comma or the closing bracket
    if (next == NextElement::kLater && !is_last) return {form, tokens.position()};
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
  parser_.release_excess();
  reader_.release_excess();
  return rest;
}

LineRest ActionDecoder::decode_one_by_one(std::string_view text, LineRest::Form form,
                                          LineVisitor& visitor) {
  for (size_t begin = 0;;) {
    const size_t end = end_of_element(text, begin);
    NextElement next = NextElement::kGoOn;
    if (parser_.parse(text.substr(begin, end - begin)) != simdjson::SUCCESS) {
      visitor.on_rejected(no_memory());  // what else: it was parsed before
      next = visitor.next_element();
    } else {
      Tokens tokens = parser_.tokens();
      next = decode_element(parser_.root(), tokens, visitor);
    }
    if (next == NextElement::kAgainLater) return {form, begin};
    const size_t separator = text.find_first_not_of(kBlanks, end);
    if (text[separator] == ']') return {};
    begin = text.find_first_not_of(kBlanks, separator + 1);
    if (next == NextElement::kLater) return {form, begin};
  }
}

NextElement ActionDecoder::decode_element(const simdjson::dom::element& element, Tokens& tokens,
                                          LineVisitor& visitor) {
  simdjson::dom::object object;
  if (element.get_object().get(object) == simdjson::SUCCESS) {
    members_.read(object, tokens);
    return decode_action(visitor);
  }
  tokens.take_value();
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
