# shellcheck shell=bash disable=SC2034
# Packages and steps: sourced by tests/run and daemon/demo.
#
# A step is quiet about success (one line with its time; one more each half minute while it runs)
# and loud about failure (its log). A script with an EXIT trap of its own calls end_step in it.

readonly HEARTBEAT_SECONDS=30

# What a build needs, and what the tests need beyond it.
readonly BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config ca-certificates libboost1.81-dev libsimdjson-dev
  libcurl4-openssl-dev libconcurrentqueue-dev libtomlplusplus-dev libcli11-dev libspdlog-dev
  nlohmann-json3-dev libsystemd-dev libssl-dev libxxhash-dev libisal-dev librdkafka-dev)
readonly TEST_BUILD_PACKAGES=(
  clang-14 libclang-rt-14-dev libbenchmark-dev libgtest-dev libgmock-dev openssl python3)
# A test that needs one of these is skipped without it.
readonly TEST_PACKAGES=(
  clang-format-14 clang-tidy-14 netcat-openbsd python3-venv python3-websockets python3-selenium
  chromium chromium-driver prometheus php-cli jq dpkg-dev lintian mandoc groff man-db
  bash-completion systemd systemd-container debootstrap nbdkit nbdkit-plugin-dev libnbd-bin fuse3
  e2fsprogs iproute2 openjdk-17-jdk-headless maven)

step_log=$(mktemp -t awps-step-XXXXXX)
step_child=

# The child of a step dies with us, with all that it has started.
end_step() {
  [ -z "$step_child" ] || kill -TERM -- "-$step_child" 2>/dev/null
  rm -f "$step_log"
}
trap end_step EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# seconds_since EPOCHREALTIME-OF-BEFORE: "12.3"
seconds_since() {
  local now=${EPOCHREALTIME/[.,]/} before=${1/[.,]/}
  local tenths=$(((now - before) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# step NAME COMMAND…: runs the command, and returns its status. Its output stays in $step_log.
step() {
  local name=$1 begin=$EPOCHREALTIME status=0
  shift
  printf '%-34s' "$name"
  set -m # a process group of its own, so that end_step reaches all of it
  "$@" </dev/null >"$step_log" 2>&1 &
  step_child=$!
  set +m
  while ! await_child "$step_child"; do
    printf '%s s …\n%-34s' "$(seconds_since "$begin")" "$name"
  done
  wait "$step_child" || status=$?
  step_child=
  if [ "$status" -eq 0 ]; then
    printf '%s s\n' "$(seconds_since "$begin")"
    return 0
  fi
  printf '%s s, FAILED (status %d)\n' "$(seconds_since "$begin")" "$status"
  show_log
  return "$status"
}

# await_child PID: returns at once when it ends, or 1 after a heartbeat.
await_child() {
  # In the background, since a signal waits for a command in the foreground, but not for `wait`.
  timeout "$HEARTBEAT_SECONDS" tail --pid="$1" -s 0.1 -f /dev/null &
  wait $!
}

# The log of a failed step, without the lines that tell of success.
show_log() {
  grep -avE '^ *Start +[0-9]+: |Test +#[0-9]+: .* Passed |^\[[0-9]+/[0-9]+\] (Building|Linking) ' \
    "$step_log" | sed '/^\[ RUN      \]/{N;/\n\[       OK \]/d}'
}

# missing_packages NAME…: those that are not installed, one a line.
missing_packages() {
  local installed
  # shellcheck disable=SC2016 # dpkg-query's own variables
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p')
  printf '%s\n' "$@" | grep -vxFf <(printf '%s\n' "$installed")
  return 0
}

# as_root COMMAND…
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# install_packages NAME…: installs what is missing with apt; does nothing, quickly, if nothing is.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "These packages are missing: ${missing[*]}" >&2
      echo "Run this as root, or install them and run it again." >&2
      return 1
    }
    sudo true || return # asks for the password here, where it can be seen
  fi
  step "packages: update the lists" as_root apt-get -o Acquire::Retries=3 update || return
  step "packages: install ${#missing[@]}" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o Acquire::Retries=3 -y --no-install-recommends install "${missing[@]}"
}

# make_python_environment FOLDER LIST: the list's copy, at the end, says that all is there. It is
# Debian's interpreter where there is one, since the scenes run in that.
make_python_environment() {
  local python=/usr/bin/python3
  [ -x "$python" ] || python=python3
  rm -rf "$1" && "$python" -m venv "$1" &&
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" && cp "$2" "$1"
}

# install_kafka: the broker's jars and its Python clients; again only when their lists have changed.
install_kafka() {
  local list=tests/support/kafka/requirements.txt folder=tests/support/kafka/.venv status=0
  cmp -s tests/support/kafka/pom.xml build/kafka/pom.xml ||
    step "packages: Apache Kafka" tests/support/kafka.py --fetch || status=1
  cmp -s "$list" "$folder/requirements.txt" ||
    step "packages: clients of Kafka" make_python_environment "$folder" "$list" || status=1
  return "$status"
}

# build_jobs: as many compilers as there are cores, and memory for (a large file takes 1.5 GB).
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  local jobs=$((memory < cores ? memory : cores))
  echo $((jobs > 0 ? jobs : 1))
}

# use_ccache: a cache of a bounded size, which also takes precompiled headers.
use_ccache() {
  export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
  # No preprocessing beside the compiler's own: it writes down what it read.
  export CCACHE_DEPEND=1
  # Relative paths, so that another checkout of the same sources finds what this one compiled.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1
}
