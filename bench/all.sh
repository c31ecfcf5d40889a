#!/bin/sh
# Runs every measurement, one after the other; arguments (--quick, --full, --hadal …) go to each.
set -u
cd "$(dirname "$0")" || exit 2
if [ "${1:-}" = --help ]; then
    echo "usage: all.sh [--quick|--full] [options of all drivers]; the tables go to stdout"
    exit 0
fi
failed=0
for driver in hot cold cold_keys larger_than_memory restart disk_full bitflip; do
    python3 "$driver.py" "$@" || failed=$((failed + 1))
done
echo "$failed of 7 missed a claim"
exit "$failed"
