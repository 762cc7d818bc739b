#!/usr/bin/env bash
# Judges mirrored packets: receive.sh INTERFACE EVENTS_FILE [SECONDS]
#
# Writes what arrives at UDP port 4789 (VXLAN) on INTERFACE to captures of SECONDS (60) each; `sidewatch scan` judges one after the other
# when it is whole, its events are appended to EVENTS_FILE and the capture is removed. sidewatch takes VXLAN off itself: no VXLAN device
# is needed. Runs as root until it is ended. In the environment: SIDEWATCH names the command, CAPTURES a folder for the captures (else
# a temporary one), BACKLOG (10) how many captures may wait: if judging is slower than the traffic, older ones are dropped, and it is said.
#
# A connection that is open when a capture ends is cut there: a request that began in the capture before is not judged as a request.
# Longer captures cut fewer, and tell later.
set -euo pipefail
fail() {
  echo "receive.sh: $1" >&2
  exit 2
}
(($# >= 2 && $# <= 3)) || fail "usage: receive.sh INTERFACE EVENTS_FILE [SECONDS]"
interface=$1 events=$2 seconds=${3:-60} backlog=${BACKLOG:-10} sidewatch=${SIDEWATCH:-sidewatch}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "SECONDS: a whole number from 1 is expected, not '$seconds'"
[[ $backlog =~ ^[1-9][0-9]*$ ]] || fail "BACKLOG: a whole number from 1 is expected, not '$backlog'"
[[ -e /sys/class/net/$interface ]] || fail "no interface '$interface'"
command -v "$sidewatch" >/dev/null || fail "no command '$sidewatch'"
umask 027
: >>"$events"
captures=${CAPTURES:-}
if [[ -z $captures ]]; then
  captures=$(mktemp -d)
  trap 'rm -rf "$captures"' EXIT
fi

# Judges what is whole: every capture but the KEEP newest.
judge() { # KEEP
  local whole capture
  while :; do
    whole=("$captures"/*.pcap)
    [[ -e ${whole[0]} ]] || return 0
    ((${#whole[@]} > $1)) || return 0
    capture=${whole[0]}
    if ((${#whole[@]} - $1 > backlog)); then
      echo "receive.sh: $capture is dropped unread: judging is slower than the traffic" >&2
    elif ! "$sidewatch" scan "$capture" >>"$events" 2>"$captures/said"; then
      echo "receive.sh: $capture: $(cat "$captures/said")" >&2
    fi
    rm -f "$capture"
  done
}

# Fragments after the first have no ports: all are taken. -Z root: the captures are not to change hands.
tcpdump -i "$interface" -n -s 0 -B 65536 -U -Z root -G "$seconds" -w "$captures/%Y%m%d-%H%M%S.pcap" \
  'udp port 4789 or (ip[6:2] & 0x1fff != 0)' &
tcpdump=$!
trap 'kill "$tcpdump" 2>/dev/null || true' INT TERM
while kill -0 "$tcpdump" 2>/dev/null; do
  judge 1
  # Not in the foreground: a signal is to be taken at once.
  sleep 1 &
  wait $! || true
done
wait "$tcpdump" || true
judge 0
