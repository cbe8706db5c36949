#pragma once

// Mutex and MutexLock: std::mutex with the annotations that clang's -Wthread-safety checks.
// No function of lib/ holds two locks, and none calls out while holding one.

#include <mutex>

#if defined(__clang__)
#define AWPS_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define AWPS_THREAD_ANNOTATION(x)
#endif

#define GUARDED_BY(x) AWPS_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) AWPS_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) AWPS_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define RETURN_CAPABILITY(x) AWPS_THREAD_ANNOTATION(lock_returned(x))
// Of a function that calls one of its arguments, which knows of locks that this one does not.
#define NO_THREAD_SAFETY_ANALYSIS AWPS_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace awps {

class AWPS_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() AWPS_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  bool try_lock() AWPS_THREAD_ANNOTATION(try_acquire_capability(true)) { return mutex_.try_lock(); }
  void unlock() AWPS_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class AWPS_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) AWPS_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() AWPS_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Bytes between data that different threads write.
inline constexpr int kCacheLine = 64;

}  // namespace awps
