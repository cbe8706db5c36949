#include "hub/operation_request.h"

#include <span>

#include "base/check.h"
#include "coalesce/fan_out.h"
#include "coalesce/merge.h"

namespace awps {

void OperationRequestWriter::write_filter(const Operation& operation) {
  names_.clear();
  for (const Member& member : operation.members) names_.push_back(member.entry->action().member);
  filter_.clear();
  append_name_filter(filter_, receivers_of(operation.action()), names_);
}

void OperationRequestWriter::write_merged(const Operation& operation, ServiceRequest& request) {
  const MergeFormat format = operation.members.front().entry->merge_rule()->format;
  request.body_text.clear();
  bool first = true;
  for (const Member& member : operation.members) {
    append_merged(request.body_text, format, member.entry->action().data, first);
    first = false;
  }
  end_merged(request.body_text, format);
  request.body = request.body_text;
}

void OperationRequestWriter::write(const RequestBuilder& builder, const Operation& operation,
                                   ServiceRequest& request) {
  AWPS_CHECK(!operation.members.empty());
  const Action action = operation.action();
  switch (operation.present_form()) {
    case OperationForm::kSingle:
      builder.build(action, request);
      return;
    case OperationForm::kMerge:
      builder.build(action, request);
      write_merged(operation, request);
      return;
    case OperationForm::kFanOut: {
      write_filter(operation);
      ActionOptions options{.filter = filter_};
      builder.build(fan_out_action(action, options), request);
      return;
    }
    case OperationForm::kBulkMembership: {
      write_filter(operation);
      const bool adds = action.kind == ActionKind::kAddUserToGroup ||
                        action.kind == ActionKind::kAddConnectionToGroup;
      builder.build_bulk_membership(adds ? MembershipChange::kAdd : MembershipChange::kRemove,
                                    std::span(&action.group, 1), filter_, request);
      return;
    }
  }
}

size_t request_bytes(const Operation& operation) {
  const Action action = operation.action();
  if (is_bulk_change(action.kind)) {
    size_t bytes = action.options->filter.value_or("").size();
    for (const std::string_view group : action.options->groups) bytes += group.size() + 3;
    return bytes;
  }
  if (operation.present_form() != OperationForm::kMerge) return action.data.size();
  size_t bytes = 0;
  for (const Member& member : operation.members) bytes += member.entry->action().data.size();
  return merged_size(operation.members.front().entry->merge_rule()->format,
                     operation.members.size(), bytes);
}

bool is_send(const Operation& operation) {
  return is_send(operation.kind());
}

}  // namespace awps
