#include "action/decoder.h"

#include "action/hello_reader.h"
#include "action/json_scan.h"
#include "action/refusal.h"
#include "action/words.h"

namespace awps {

namespace {

constexpr std::string_view kBlanks = " \t\r";

Rejection broken_line(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC || error == simdjson::CAPACITY) {
    return {
        RejectCode::kLineTooLong, "there is no memory to parse the line: write shorter ones", {}};
  }
  return {RejectCode::kInvalidJson,
          concatenate({"the line is not JSON: ", reason_of(error),
                       "; write one JSON object or array per line, in UTF-8"}),
          {}};
}

Rejection invalid(std::string message) {
  return {RejectCode::kInvalidAction, std::move(message), {}};
}

// Whether a line that could not be parsed was meant as a hello. What follows it was then meant for
// the hub that it names, and must not go to another.
bool looks_like_hello(std::string_view line) {
  static constexpr std::string_view kHello = "\"hello\"";
  size_t at = line.find_first_not_of(kBlanks);
  if (at == std::string_view::npos || line[at] != '{') return false;
  at = line.find_first_not_of(kBlanks, at + 1);
  return at != std::string_view::npos &&
         equal_ignoring_case(line.substr(at, kHello.size()), kHello);
}

}  // namespace

LineRest ActionDecoder::decode(std::string_view line, bool first_line, LineVisitor& visitor) {
  const simdjson::error_code error = parser_.parse(line);
  LineRest rest;
  if (error == simdjson::EMPTY) return rest;
  if (error != simdjson::SUCCESS) {
    const Rejection rejection = broken_line(error);
    if (first_line && looks_like_hello(line)) {
      visitor.on_bad_hello(rejection);
    } else {
      visitor.on_rejected(rejection);
    }
  } else if (parser_.root().is_object()) {
    rest = decode_object(first_line, visitor);
  } else if (parser_.root().is_array()) {
    rest = decode_elements(parser_.root().get_array().value_unsafe(), parser_.tokens(),
                           LineRest::Form::kElements, visitor);
  } else {
    visitor.on_rejected(invalid(
        concatenate({"the line is ", type_name(parser_.root()),
                     ": write an action as an object with 'actionName', or an array of these"})));
  }
  parser_.release_excess();
  reader_.release_excess();
  return rest;
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
  if (form == LineRest::Form::kLine) return decode(text, false, visitor);
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
    if (const auto error = parser_.parse(text.substr(begin, end - begin))) {
      visitor.on_rejected(broken_line(error));  // there is no memory: it was parsed before
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
