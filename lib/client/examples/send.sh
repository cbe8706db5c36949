#!/bin/sh
# Sends each line of the standard input, "GROUP TEXT", to that group over awpsd's socket, and ends
# with status 0 when everything is delivered. It needs netcat-openbsd and jq.
#
#   echo "device-7 on" | ./send.sh [SOCKET]

set -u
socket=${1:-/run/awpsd/awpsd.sock}
lines=$(mktemp) || exit
trap 'rm -f "$lines"' EXIT
cat >"$lines"
iconv -f UTF-8 -t UTF-8 "$lines" >/dev/null || exit # jq would send something else

# nc reads while it writes. With -N it ends our side after the last line; then awpsd answers the
# rest and closes. `grep -c ''` also counts a last line without a line feed.
{
  echo '{"hello":{"ack":"delivered","producer":"shell example"}}'
  jq -Rc '{actionName: "sendToGroup", group: sub(" .*"; ""), data: sub("^[^ ]* ?"; "")}' "$lines"
} | nc -U -N "$socket" |
  jq -nr --argjson sent "$(grep -c '' "$lines")" '
    def good: if .status == "delivered" or .status == "superseded"
      then (.to // .seq) - (.from // .seq) + 1 else 0 end;
    reduce inputs as $reply ({good: 0, problems: []};
      .good += ($reply | good)
      | .ready = (.ready or $reply.status == "ready")
      | .problems += [$reply | select(.error) | "line \(.seq): \(.error.message)\n"])
    | if .ready and .good == $sent then empty
      else .problems + ["\($sent - .good) of \($sent) are not delivered\n"] | add | halt_error(1)
      end'
