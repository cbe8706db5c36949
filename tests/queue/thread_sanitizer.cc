// What ThreadSanitizer is told for this program: moodycamel's queue orders the reuse of its blocks
// by atomic_thread_fence (concurrentqueue.h, Block::is_empty), which the sanitizer does not model.
// So it reports the write of an element into a block against the read of the one that was there
// before. Races on what the elements point to are still reported.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:moodycamel::ConcurrentQueue\n";
}
#endif
#endif
