#!/bin/sh
# Starts a Redis whose users have the passwords of files.
#
#   redis-start.sh CONF PASSWORDS DIR [OPTION...]
#
# CONF       redis.conf of this folder, or a file of your own that includes it
# PASSWORDS  a folder with a file for each user: newshound, admin, and where there are replicas,
#            replica
# DIR        where Redis keeps its data; users.acl and server.conf there are written anew
# OPTION     as redis-server takes them (--port 7000); they win over CONF
#
# REDIS_SERVER in the environment names the program where it is another one: valkey-server.
#
# Redis gets the hashes of the passwords only. Replicas log in at their master and need the plain
# one: it stands in server.conf, which only Redis can read.
set -eu
umask 077

if [ "$#" -lt 3 ]; then
    echo "usage: redis-start.sh CONF PASSWORDS DIR [OPTION...]" >&2
    exit 2
fi
conf=$(realpath "$1")
passwords=$2
dir=$(realpath "$3")
shift 3

# The password of a user. Only characters that mean nothing to a shell, to Redis or in a URL.
password() {
    word=$(tr -d '\r\n' <"$passwords/$1")
    case $word in
    '' | *[!A-Za-z0-9_-]*)
        echo "redis-start.sh: the password of $1 has other than letters, digits, _ and -" >&2
        exit 2
        ;;
    esac
    printf %s "$word"
}

# A line of the user list: name, then what the user may do.
user() {
    word=$(password "$1") || exit 2
    hash=$(printf %s "$word" | sha256sum | cut -d ' ' -f 1)
    echo "user $1 reset on #$hash $2"
}

{
    # Nobody comes in without a name: off, and without a password that would do. It keeps its rights
    # all the same: Redis 7 reads the transactions of its log as this user, and leaves out what it
    # may not do. Without its rights a restart would lose most of the frontier.
    # https://github.com/redis/redis/issues/14541
    echo "user default off resetpass ~* &* +@all"
    # The program: its own keys, the commands that its functions use, and the functions themselves.
    # Whole kinds of commands, so that a newer version of it finds the same rights sufficient;
    # nothing that reconfigures the server, lists or empties it, or drops functions. Scripts may do
    # no more than their user.
    user newshound "~nh:* +@connection +@read +@write -@scripting -@dangerous \
+eval +fcall +fcall_ro +function|load +info +role +time +acl|dryrun +cluster|slots"
    # The operator, at redis-cli.
    user admin "~* &* +@all"
    # What a replica asks of its master.
    if [ -e "$passwords/replica" ]; then
        user replica "+psync +replconf +ping"
    fi
} >"$dir/users.acl.new"
mv "$dir/users.acl.new" "$dir/users.acl"

{
    echo "include \"$conf\""
    echo "dir \"$dir\""
    echo "aclfile \"$dir/users.acl\""
    if [ -e "$passwords/replica" ]; then
        echo "masteruser replica"
        echo "masterauth $(password replica)"
    fi
} >"$dir/server.conf"

exec "${REDIS_SERVER:-redis-server}" "$dir/server.conf" "$@"
