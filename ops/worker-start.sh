#!/bin/sh
# Starts a worker in the first folder below ROOT that no other worker holds.
#
#   worker-start.sh ROOT [OPTION...]
#
# For containers that are copies of one another and share a volume: each worker needs a data folder
# of its own, and one that is started again should go on with a folder that is there, since what it
# had begun to write is recovered then. ROOT/N.lock is locked as long as the worker of ROOT/N lives.
# Copies on several machines need a volume each machine.
set -eu

if [ "$#" -lt 1 ]; then
    echo "usage: worker-start.sh ROOT [OPTION...]" >&2
    exit 2
fi
root=$1
shift

n=1
while [ "$n" -le 256 ]; do
    # The worker inherits the open file, and with it the lock.
    exec 9>"$root/$n.lock"
    if flock --nonblock 9; then
        exec newshound worker --data "$root/$n" --name "$(hostname)-$n" "$@"
    fi
    n=$((n + 1))
done
echo "worker-start.sh: 256 workers run below $root" >&2
exit 1
