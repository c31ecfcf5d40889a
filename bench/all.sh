#!/bin/sh
# Runs every measurement, one after the other; arguments (--quick, --full, --hadal …) go to each.
set -u
cd "$(dirname "$0")" || exit 2
if [ "${1:-}" = --help ]; then
    echo "usage: all.sh [--quick|--full] [options of all drivers]; the tables go to stdout"
    exit 0
fi
failed=0
for driver in hot hot_collections cold cold_keys larger_than_memory large_collections restart disk_full bitflip; do
    python3 "$driver.py" "$@" || failed=$((failed + 1))
done
echo "$failed of 9 missed a claim"
exit "$failed"
