#!/usr/bin/env bash
# Starts the unit in a real systemd: a Debian 12 root by debootstrap, booted by systemd-nspawn, with
# awpsd and awpsd-emulator of build/release installed in it. By hand, as root:
#
#   tests/scenario/systemd_check.sh [WORK-FOLDER]
#
# It shows: READY, an action delivered, a reload, a stop; the last line is OK or what failed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly FOLDER=${1:-/var/tmp/awpsd-systemd}
readonly ROOT=$FOLDER/root
readonly KEY=systemd-check-0123456789abcdefghijkl
readonly LIBRARIES=libcurl4,libsimdjson14,libspdlog1.10,libxxhash0,libsystemd0,libtomlplusplus3

make_root() {
  [ -d "$ROOT/usr" ] && return
  mkdir -p "$ROOT"
  debootstrap --variant=minbase \
    --include=systemd,systemd-sysv,dbus,netcat-openbsd,ca-certificates,$LIBRARIES \
    bookworm "$ROOT" >"$FOLDER/debootstrap.log" 2>&1 || {
    tail -5 "$FOLDER/debootstrap.log"
    return 1
  }
}

install_awpsd() {
  DESTDIR=$ROOT cmake --install build/release >"$FOLDER/install.log"
  mkdir -p "$ROOT/etc/credstore"
  echo "Endpoint=http://127.0.0.1:8090;AccessKey=$KEY;Version=1.0;" \
    >"$ROOT/etc/credstore/WebPubSubConnectionString"
  echo chat >"$ROOT/etc/credstore/WebPubSubHub"
  chmod 600 "$ROOT/etc/credstore/"*
  cat >"$ROOT/usr/lib/systemd/system/emulator.service" <<UNIT
[Service]
ExecStart=/usr/local/bin/awpsd-emulator --access-key $KEY
UNIT
  cat >"$ROOT/root/check" <<'SCRIPT'
#!/bin/bash
set -eux
systemctl start emulator.service awpsd.service
systemctl show awpsd.service -p ActiveState -p StatusText -p MainPID
printf '%s\n' '{"hello":{"ack":"delivered"}}' '{"actionName":"sendToAll","data":"hi"}' |
  timeout 10 nc -U -N /run/awpsd/awpsd.sock | tee /root/replies
grep -q '"status":"delivered"' /root/replies
systemctl reload awpsd.service
systemctl is-active awpsd.service
systemctl stop awpsd.service
systemctl show awpsd.service -p Result -p ExecMainStatus
journalctl -u awpsd.service --no-pager -o cat
echo CHECK-PASSED
SCRIPT
  chmod +x "$ROOT/root/check"
  cat >"$ROOT/usr/lib/systemd/system/check.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/root/check
StandardOutput=journal+console
StandardError=journal+console
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
UNIT
  mkdir -p "$ROOT/etc/systemd/system/multi-user.target.wants"
  ln -sf /usr/lib/systemd/system/check.service \
    "$ROOT/etc/systemd/system/multi-user.target.wants/check.service"
}

make_root
install_awpsd
timeout 120 systemd-nspawn --quiet --register=no --keep-unit --private-network \
  --directory="$ROOT" --boot >"$FOLDER/boot.log" 2>&1 </dev/null || true
grep -oE 'check\[[0-9]+\]: .*' "$FOLDER/boot.log" | sed 's/^check[^:]*: //'
if ! grep -q CHECK-PASSED "$FOLDER/boot.log"; then
  echo "FAILED: see $FOLDER/boot.log"
  exit 1
fi
echo OK
