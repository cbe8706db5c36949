#include "worker/letter_box.h"

#include <algorithm>
#include <chrono>

#include "spool/bytes.h"

namespace awps {

void LetterBox::hand_over(Changes& changes) {
  if (changes.empty()) return;
  {
    const MutexLock lock(mutex_);
    if (!changes.added.empty()) last_ = std::max(last_, changes.added.back().first);
    for (auto& [number, bytes] : changes.added) waiting_.emplace(number, std::move(bytes));
    gone_.insert(gone_.end(), changes.gone.begin(), changes.gone.end());
    for (const Gone& one : changes.never_added) {
      last_ = std::max(last_, one.number);
      forget(one);
    }
    publish_safe();
  }
  changes.added.clear();
  changes.gone.clear();
  changes.never_added.clear();
  wake_();
}

bool LetterBox::cancel(uint64_t number, uint64_t after) {
  const MutexLock lock(mutex_);
  if (number <= writing_ || waiting_.erase(number) == 0) return false;
  forget({number, after});
  publish_safe();
  return true;
}

// It will never be written. What waits for it waits for what has replaced it.
void LetterBox::forget(const Gone& one) {
  if (one.after == 0) return;  // nothing has replaced it
  for (Gone& earlier : gone_) earlier.wait_on(one.number, one.after);
  for (Gone& earlier : replaced_) earlier.wait_on(one.number, one.after);
  replaced_.push_back(one);
}

// What was replaced is as safe as all that its replacement may be.
void LetterBox::publish_safe() {
  const uint64_t settled = waiting_.empty() ? last_ : waiting_.begin()->first - 1;
  std::erase_if(replaced_, [&](const Gone& one) { return one.after <= settled; });
  uint64_t safe = settled;
  for (const Gone& one : replaced_) safe = std::min(safe, one.number - 1);
  // Release pairs with the acquire in safe_up_to().
  safe_.store(safe, std::memory_order_release);
}

uint64_t LetterBox::last_number() const {
  const MutexLock lock(mutex_);
  return last_;
}

uint64_t LetterBox::unwritten() const {
  const MutexLock lock(mutex_);
  return waiting_.size();
}

std::string LetterBox::error() const {
  const MutexLock lock(mutex_);
  return error_.empty() ? house_error_ : error_;
}

void LetterBox::set_house_error(const std::string& error) {
  const MutexLock lock(mutex_);
  house_error_ = error;
}

bool LetterBox::wait_until_written(Duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const uint64_t enough = ask_for_try();
  wake_();
  const MutexLock lock(mutex_);
  while (tries_ < enough && !(waiting_.empty() && gone_.empty() && !is_trying_)) {
    if (tried_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  return waiting_.empty() && gone_.empty();
}

// One that is under way may have begun before the last letter came.
uint64_t LetterBox::ask_for_try() {
  const MutexLock lock(mutex_);
  awaited_tries_ = tries_ + (is_trying_ ? 2 : 1);
  return awaited_tries_;
}

bool LetterBox::is_hurried() const {
  const MutexLock lock(mutex_);
  return tries_ < awaited_tries_;
}

// Cancelled too late, and yet not written.
void LetterBox::drop_cancelled() {
  std::vector<Gone> written;
  std::vector<Gone> cancelled;
  for (const Gone& one : gone_) {
    (waiting_.erase(one.number) == 0 ? written : cancelled).push_back(one);
  }
  gone_ = std::move(written);
  for (const Gone& one : cancelled) forget(one);
  if (!cancelled.empty()) publish_safe();
}

LetterBox::Group LetterBox::take(size_t max_bytes) {
  Group group;
  const MutexLock lock(mutex_);
  is_trying_ = true;
  drop_cancelled();
  for (const auto& [number, bytes] : waiting_) {
    const bool follows = group.count == 0 || number == group.first + group.count;
    if (!follows || (group.count > 0 && group.records.size() + bytes.size() > max_bytes)) {
      group.is_all = false;
      break;
    }
    if (group.count++ == 0) group.first = number;
    add_number(group.records, static_cast<uint32_t>(bytes.size()));
    group.records += bytes;
    writing_ = number;
  }
  const uint64_t written = written_.load(std::memory_order_relaxed);
  std::vector<Gone> later;
  for (const Gone& one : std::exchange(gone_, {})) {
    if (one.after <= written || waiting_.empty()) {
      group.gone.push_back(one.number);
    } else if (one.after <= writing_ || group.is_all) {
      group.replaced.push_back(one);
    } else {
      later.push_back(one);
    }
  }
  gone_ = std::move(later);
  return group;
}

void LetterBox::wrote(const Group& group) {
  const MutexLock lock(mutex_);
  writing_ = 0;
  error_.clear();
  if (group.count == 0) return;
  const uint64_t last = group.first + group.count - 1;
  waiting_.erase(waiting_.begin(), waiting_.upper_bound(last));
  // Release pairs with the acquire in written().
  written_.store(last, std::memory_order_release);
  publish_safe();
}

void LetterBox::give_back(const Group& group) {
  const MutexLock lock(mutex_);
  writing_ = 0;
  gone_.insert(gone_.end(), group.replaced.begin(), group.replaced.end());
}

void LetterBox::failed(const Group& group, const std::string& error) {
  give_back(group);
  const MutexLock lock(mutex_);
  error_ = error;
}

void LetterBox::end_try() {
  {
    const MutexLock lock(mutex_);
    is_trying_ = false;
    ++tries_;
  }
  tried_.notify_all();
}

bool LetterBox::has_work() const {
  const MutexLock lock(mutex_);
  return !waiting_.empty() || !gone_.empty();
}

}  // namespace awps
