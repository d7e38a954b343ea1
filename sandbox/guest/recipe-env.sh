# Sourced at an agent's start. What the image's recipe says for every process: programs, values, services.
guest_dir=${guest_dir:?}
export PATH="$HOME/.bobbin/tools/bin:$HOME/.local/bin:$PATH"
if [ -f "$HOME/.bobbin/recipe-env" ]; then . "$HOME/.bobbin/recipe-env"; fi
services=$HOME/.bobbin/services
if [ -s "$services/wanted" ]; then
	# They start beside the agent; their addresses are settled at once, long before they answer.
	settled=$services/settled.$$
	SETTLED=$settled "$guest_dir/start-services.sh" $(cat "$services/wanted") </dev/null >/dev/null 2>&1 &
	tries=0
	while [ ! -f "$settled" ] && [ "$tries" -lt 100 ]; do
		sleep 0.02
		tries=$((tries + 1))
	done
	rm -f "$settled"
	if [ -f "$services/env" ]; then
		set -a
		. "$services/env"
		set +a
	fi
fi
