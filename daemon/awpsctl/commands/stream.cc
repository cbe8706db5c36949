// `awpsctl stream status`: the streams that the daemon reads, and each of their partitions.
// `awpsctl stream check`: what is wrong with the records of a topic; it asks the broker itself.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/check_findings.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/records/record_findings.h"
#include "daemon/awpsctl/records/stream_access.h"
#include "daemon/awpsctl/view/stream_view.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "stream/kafka/kafka_reader.h"

namespace awps {

namespace {

constexpr const char* kNoStreams =
    "the daemon reads no streams; [streams.NAME] of awpsd.toml(5) "
    "is how it would";

constexpr Duration kLongestRead = std::chrono::minutes(5);

Failure trouble_of(const SourceTrouble& trouble, const BrokerWords& words) {
  using Kind = SourceTrouble::Kind;
  const bool passes = trouble.kind == Kind::kBrokerAway || trouble.kind == Kind::kOther;
  return {passes ? ExitCode::kUnavailable : ExitCode::kConfig, "stream_trouble",
          printable_lines(trouble.message) + words.last()};
}

bool is_well(const std::vector<Note>& notes) {
  return std::ranges::none_of(notes,
                              [](const Note& note) { return note.severity == Colour::kBad; });
}

}  // namespace

CommandResult run_stream_check(const Context& context) {
  const StreamArguments& wanted = context.arguments.stream;
  const auto access = StreamAccess::open(wanted.name, wanted.config);
  if (!access) return access.error();
  const StreamAccess& stream = **access;
  RecordFindings findings({.hub = stream.hub(), .problem_of_hub = [&stream](std::string_view hub) {
                             return stream.problem_of_hub(hub);
                           }});
  BrokerWords words;
  const auto facts = read_back(
      stream.settings(), static_cast<int64_t>(wanted.records),
      [&](int32_t partition, const StreamRecord& record) { findings.take(partition, record); },
      words.log(), kLongestRead);
  if (!facts) return trouble_of(facts.error(), words);
  const std::vector<Note> notes = findings.notes(facts->partitions);
  if (context.json()) {
    Json json = findings.json(facts->partitions);
    json["ok"] = is_well(notes);
    context.write_json(json_text(json));
  } else {
    context.write_lines(finding_lines(notes, context.view.columns, context.view.paint));
  }
  return is_well(notes) ? ExitCode::kOk : kNegative;
}

CommandResult run_stream_status(const Context& context) {
  const Result<std::string, Failure> body = context.admin.get("/status");
  if (!body) return body.error();
  Result<StatusReading, Failure> status = read_status(*body);
  if (!status) return status.error();
  std::vector<StreamReading> streams = std::move(status->streams);
  const std::string& name = context.arguments.stream.name;
  if (!name.empty()) {
    Result<std::vector<StreamReading>, Failure> kept = only_stream(std::move(streams), name);
    if (!kept) return kept.error();
    streams = std::move(*kept);
  }
  if (context.arguments.names_only) {
    std::vector<std::string> names;
    for (const StreamReading& stream : streams) names.push_back(stream.name);
    context.write_lines(names);
  } else if (context.json()) {
    const Json all = parse_json(*body);
    Json list = Json::array();
    for (const Json& stream : field(all, "streams")) {
      if (name.empty() || text_field(stream, "name") == name) list.push_back(stream);
    }
    context.write_json(json_text(Json{{"streams", std::move(list)}}));
  } else if (streams.empty()) {
    context.write_lines({kNoStreams});
  } else {
    for (const StreamReading& stream : streams) {
      std::vector<std::string> lines = partition_lines({stream}, SIZE_MAX - 1, context.view);
      if (!stream.cause.empty()) {
        lines.insert(lines.begin() + 1, "  " + printable_lines(stream.cause));
      }
      context.write_lines(lines);
    }
  }
  return ExitCode::kOk;
}

}  // namespace awps
