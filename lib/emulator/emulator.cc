#include "emulator/emulator.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <list>
#include <thread>

#include "emulator/http_session.h"

namespace awps::emulator {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

constexpr auto kExpiryPeriod = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(50);

Error listen_error(const Options& options, const std::string& reason) {
  return Error{"listen on '" + options.address + ":" + std::to_string(options.port) +
               "': " + reason};
}

}  // namespace

/// The event loop with its thread. Everything but the constructor, open() and the destructor runs
/// there.
class Emulator::Loop {
 public:
  explicit Loop(const Options& options)
      : options_(options),
        service_(options.service, BootClock::now()),
        context_(1),
        acceptor_(context_),
        expiry_(context_),
        accept_pause_(context_) {}

  ~Loop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<void> open() {
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) return listen_error(options_, "it is no IP address");
    if (!address.is_loopback() && !options_.allows_remote) {
      return listen_error(options_, "it is no loopback address; --allow-remote permits it");
    }
    const Tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return listen_error(options_, error.message() + "; choose another port with --listen");
    port_ = acceptor_.local_endpoint().port();
    service_.set_observer([this] { answer_waiters(); });
    accept();
    expire_later();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  uint16_t port() const { return port_; }
  const Options& options() const { return options_; }

  void run(const std::function<void(Service&)>& action) {
    std::promise<void> done;
    asio::post(context_, [&] {
      action(service_);
      done.set_value();
    });
    done.get_future().wait();
  }

  bool wait_for(std::function<bool(const Counters&)> condition, std::chrono::milliseconds timeout) {
    auto waiter = std::make_shared<Waiter>();
    waiter->condition = std::move(condition);
    auto met = waiter->met.get_future();
    asio::post(context_, [this, waiter] {
      waiters_.push_back(waiter);
      answer_waiters();
    });
    const bool is_met = met.wait_for(timeout) == std::future_status::ready;
    run([this, &waiter](Service&) { waiters_.remove(waiter); });
    return is_met;
  }

 private:
  struct Waiter {
    std::function<bool(const Counters&)> condition;
    std::promise<void> met;
  };

  void answer_waiters() {
    if (waiters_.empty()) return;
    const Counters counters = service_.counters();
    waiters_.remove_if([&counters](const std::shared_ptr<Waiter>& waiter) {
      if (!waiter->condition(counters)) return false;
      waiter->met.set_value();
      return true;
    });
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
      if (!error) {
        std::make_shared<HttpSession>(std::move(socket), service_)->start();
        return accept();
      }
      // Out of descriptors: the connections that end meanwhile give some back.
      accept_pause_.expires_after(kAcceptPause);
      accept_pause_.async_wait([this](error_code stopped) {
        if (!stopped) accept();
      });
    });
  }

  void expire_later() {
    expiry_.expires_after(kExpiryPeriod);
    expiry_.async_wait([this](error_code stopped) {
      if (stopped) return;
      service_.expire(BootClock::now());
      expire_later();
    });
  }

  Options options_;
  uint16_t port_ = 0;
  std::list<std::shared_ptr<Waiter>> waiters_;
  Service service_;
  // Declared after the service: sessions that still wait for something die with the context, first.
  asio::io_context context_;
  Tcp::acceptor acceptor_;
  asio::steady_timer expiry_;
  asio::steady_timer accept_pause_;
  std::thread thread_;
};

Emulator::Emulator(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Emulator::~Emulator() = default;

Result<std::unique_ptr<Emulator>> Emulator::start(Options options) {
  if (options.service.access_keys.empty()) {
    options.service.access_keys.emplace_back(kDefaultAccessKey);
  }
  auto loop = std::make_unique<Loop>(options);
  const auto opened = loop->open();
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<Emulator>(new Emulator(std::move(loop)));
}

uint16_t Emulator::port() const {
  return loop_->port();
}

const std::string& Emulator::access_key() const {
  return loop_->options().service.access_keys.front();
}

std::string Emulator::endpoint() const {
  const std::string& address = loop_->options().address;
  const bool is_v6 = address.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

std::string Emulator::connection_string() const {
  return "Endpoint=" + endpoint() + ";AccessKey=" + access_key() + ";Version=1.0;";
}

void Emulator::run(const std::function<void(Service&)>& action) {
  loop_->run(action);
}

Counters Emulator::counters() {
  Counters counters;
  run([&](Service& service) { counters = service.counters(); });
  return counters;
}

std::vector<LogEntry> Emulator::log(uint64_t since, size_t limit) {
  std::vector<LogEntry> entries;
  run([&](Service& service) { entries = service.log().after(since, limit); });
  return entries;
}

Result<void> Emulator::set_faults(std::string_view json) {
  auto script = parse_fault_script(json);
  if (!script.ok()) return script.error();
  set_faults(std::move(script.value()));
  return {};
}

void Emulator::set_faults(FaultScript script) {
  run([&](Service& service) { service.set_faults(std::move(script), BootClock::now()); });
}

void Emulator::set_throttle(ThrottleOptions options) {
  run([&](Service& service) { service.set_throttle(options); });
}

void Emulator::set_delay(Duration delay) {
  run([&](Service& service) { service.set_delay(delay); });
}

void Emulator::set_access_keys(std::vector<std::string> keys) {
  run([&](Service& service) { service.set_access_keys(keys); });
}

void Emulator::reset() {
  run([](Service& service) { service.reset(BootClock::now()); });
}

bool Emulator::wait_for(std::function<bool(const Counters&)> condition,
                        std::chrono::milliseconds timeout) {
  return loop_->wait_for(std::move(condition), timeout);
}

}  // namespace awps::emulator
