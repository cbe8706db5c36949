#include "tests/daemon/fake_azure.h"

#include <utility>

namespace awps {

/// Its numbers are FakeAzure's mutex's.
class FakeAzure::Transport final : public HttpTransport {
 public:
  explicit Transport(FakeAzure& azure) : azure_(azure) { ++azure_.transports_; }
  ~Transport() override { --azure_.transports_; }

  void start(uint64_t tag, const HttpRequest& request) override {
    const std::lock_guard lock(azure_.mutex_);
    under_way_.push_back({.tag = tag, .response = {}, .started = azure_.clock_.now()});
    if (request.method == HttpMethod::kHead) {
      under_way_.back().response.status = 200;
      return;
    }
    azure_.requests_.push_back(std::string(name_of(request.method)) + " " +
                               std::string(request.url));
    azure_.bodies_.emplace_back(request.body);
    azure_.tokens_.emplace_back(request.bearer_token);
  }

  void poll(Duration timeout, std::vector<Completion>& completions) override {
    std::unique_lock lock(azure_.mutex_);
    hang(lock);
    const uint64_t wakes = azure_.wakes_;
    azure_.changed_.wait_for(lock, timeout, [&] {
      return is_woken_ || azure_.wakes_ != wakes || azure_.hangs_ || has_answers();
    });
    is_woken_ = false;
    if (!has_answers()) return;
    for (Completion& completion : under_way_) {
      if (completion.response.status == 0) answer(completion.response);
      completion.finished = azure_.clock_.now();
      completions.push_back(std::move(completion));
    }
    under_way_.clear();
  }

  void wake() override {
    const std::lock_guard lock(azure_.mutex_);
    is_woken_ = true;
    azure_.changed_.notify_all();
  }

 private:
  bool has_answers() const { return !under_way_.empty() && !azure_.is_held_; }

  void answer(HttpResponse& response) const {
    response.status = azure_.status_;
    response.body = azure_.body_;
    if (azure_.status_ == 400) response.error_code = "Error.BadRequest";
  }

  void hang(std::unique_lock<std::mutex>& lock) {
    if (!azure_.hangs_) return;
    ++azure_.hanging_;
    azure_.changed_.notify_all();
    azure_.changed_.wait(lock, [&] { return !azure_.hangs_; });
    --azure_.hanging_;
  }

  FakeAzure& azure_;
  std::vector<Completion> under_way_;
  bool is_woken_ = false;
};

std::unique_ptr<HttpTransport> FakeAzure::make_transport() {
  return std::make_unique<Transport>(*this);
}

void FakeAzure::answer_with(int status, std::string body) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  body_ = std::move(body);
}

void FakeAzure::hold() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void FakeAzure::hang() {
  const std::lock_guard lock(mutex_);
  hangs_ = true;
  changed_.notify_all();
}

void FakeAzure::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  hangs_ = false;
  changed_.notify_all();
}

void FakeAzure::wake_all() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

std::vector<std::string> FakeAzure::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> FakeAzure::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

std::vector<std::string> FakeAzure::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}

void FakeAzure::wait_for_hanging(int polls) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return hanging_ >= polls; });
}

}  // namespace awps
