#!/bin/sh
# Kills the server under load and checks that nothing acknowledged is lost: the rounds of
# tests/it/crash.rs, as many as asked.
set -eu
rounds=6
case "${1:-}" in
--help)
    echo "usage: killed.sh [--quick|--full|ROUNDS]   (6 rounds, 200 rounds, or so many; per policy)"
    echo "HADAL_BIN names the server; HADAL_CRASH_SEED repeats a run."
    exit 0
    ;;
--full)
    rounds=200
    # 200 MB of cold keys behind the rounds with little memory.
    export HADAL_CRASH_BALLAST="${HADAL_CRASH_BALLAST:-50000}"
    ;;
--quick | "") ;;
*) rounds=$1 ;;
esac
cd "$(dirname "$0")/.."
HADAL_CRASH_ROUNDS=$rounds exec cargo test -p hadal-it --test it crash:: -- --nocapture --test-threads 1
