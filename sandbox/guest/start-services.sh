#!/bin/bash
# start-services.sh [postgres] [redis]
#
# Runs the services of a recipe in the foreground until a SIGTERM ends them well; their data is under
# ~/.bobbin/services. There, `env` says at once how they are reached (NAME=value, one a line), `wanted` which they are,
# `ready` that all of them answer; then "Services are ready." is printed. Where they run already, waits for `ready` and
# ends. Exit codes: 0 ended by a signal or running already, 20 a program is not installed, 21 one did not start, 22 one
# ended by itself. The file that $SETTLED names is made when `env` is right.
set -u
data=$HOME/.bobbin/services
pids=()
mkdir -p "$data" || exit 21

# Held by this process alone, and gone with it.
exec 9>"$data/lock"
settled() { [ -z "${SETTLED-}" ] || touch "$SETTLED"; }
if ! flock -n 9; then
	settled
	for _ in $(seq 600); do
		if [ -f "$data/ready" ]; then
			echo "Services are ready."
			exit 0
		fi
		sleep 0.05
	done
	echo "The services did not start in time."
	exit 21
fi
rm -f "$data/ready" "$data/env"
echo $$ >"$data/pid"
echo "$*" >"$data/wanted"

stop() {
	trap '' TERM INT
	[ ${#pids[@]} -eq 0 ] || kill -INT "${pids[@]}" 2>/dev/null
	wait
	rm -f "$data/ready" "$data/pid"
}
fail() {
	local code=$1
	shift
	stop
	echo "$*"
	exit "$code"
}
trap 'stop; exit 0' TERM INT

find_program() {
	local folder
	for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/local/pgsql/bin "$HOME/.local/bin" ${PATH//:/ }; do
		if [ -x "$folder/$1" ] && [ -x "$folder/${2:-$1}" ]; then
			echo "$folder/$1"
			return
		fi
	done
	return 1
}
is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# Where a sandbox shares its ports with others, the usual one may be taken.
free_port() {
	local port=$1
	while is_open "$port"; do port=$((port + 1)); done
	echo "$port"
}
# await <name> <pid> <log> <command...>
await() {
	local name=$1 pid=$2 log=$3 tries=0
	shift 3
	until "$@"; do
		if ! kill -0 "$pid" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; then
			tail -n 20 "$log"
			fail 21 "$name did not start."
		fi
		sleep 0.05
	done
}

start_postgres() {
	local program bin dir=$data/postgres
	program=$(find_program postgres initdb) || fail 20 "PostgreSQL is not installed where sandboxes run. Whoever runs Bobbin can install it there (Debian: apt-get install postgresql); without it, take postgres out of \"services\"."
	[ "$(id -u)" -ne 0 ] || fail 21 "PostgreSQL does not run as root, and this sandbox has no user of its own. Run Bobbin as another user, or with isolation."
	bin=${program%/*}
	if [ ! -d "$dir" ]; then
		rm -rf "$dir.new"
		"$bin/initdb" -D "$dir.new" -U agent -A trust -E UTF8 --no-locale --no-sync >"$data/postgres.log" 2>&1 9>&- || {
			tail -n 20 "$data/postgres.log"
			fail 21 "PostgreSQL could not make its data folder."
		}
		echo 'create database app' | "$bin/postgres" --single -F -D "$dir.new" postgres >>"$data/postgres.log" 2>&1 9>&-
		mv "$dir.new" "$dir" || fail 21 "PostgreSQL's data folder could not be put in its place."
	fi
	# Left by a server that was killed; nothing else starts one here.
	rm -f "$dir/postmaster.pid"
	# Only serious trouble is written: a program's wrong queries would fill the disk.
	"$bin/postgres" -D "$dir" -p "$postgres_port" -h 127.0.0.1 -k '' -F \
		-c log_min_messages=fatal -c log_min_error_statement=panic >"$data/postgres.log" 2>&1 9>&- &
	pids+=($!)
	await PostgreSQL $! "$data/postgres.log" "$bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"
}

start_redis() {
	local program dir=$data/redis
	program=$(find_program redis-server) || program=$(find_program valkey-server) || fail 20 "Redis is not installed where sandboxes run. Whoever runs Bobbin can install it there (Debian: apt-get install redis-server); without it, take redis out of \"services\"."
	mkdir -p "$dir"
	"$program" --port "$redis_port" --bind 127.0.0.1 --dir "$dir" --daemonize no --loglevel warning >"$data/redis.log" 2>&1 9>&- &
	pids+=($!)
	await Redis $! "$data/redis.log" is_open "$redis_port"
}

: >"$data/env.new"
for service in "$@"; do
	case $service in
	postgres)
		postgres_port=$(free_port 5432)
		cat >>"$data/env.new" <<-ENV
			DATABASE_URL=postgres://agent:agent@127.0.0.1:$postgres_port/app
			PGHOST=127.0.0.1
			PGPORT=$postgres_port
			PGUSER=agent
			PGPASSWORD=agent
			PGDATABASE=app
		ENV
		;;
	redis)
		redis_port=$(free_port 6379)
		echo "REDIS_URL=redis://127.0.0.1:$redis_port" >>"$data/env.new"
		;;
	*) fail 20 "There is no service $service." ;;
	esac
done
mv "$data/env.new" "$data/env" || exit 21
settled
for service in "$@"; do "start_$service"; done
touch "$data/ready"
echo "Services are ready."
wait -n
fail 22 "A service ended by itself: $(tail -n 5 "$data"/*.log)"
