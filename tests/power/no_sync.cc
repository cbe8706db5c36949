// A preloaded library in which no sync does anything: what runs with it must lose data when the
// power is cut, or the test of that sees nothing.

extern "C" {

int fsync(int /*fd*/) {
  return 0;
}
int fdatasync(int /*fd*/) {
  return 0;
}
int syncfs(int /*fd*/) {
  return 0;
}
void sync() {}
}
