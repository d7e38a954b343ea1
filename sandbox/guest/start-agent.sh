#!/bin/sh
# Starts the agent's server on 127.0.0.1:$1. The driver has put there:
#   $BOBBIN_SECRETS_DIR/agent-password   what callers of the server must show
#   ~/.bobbin/agent-config.json          OpenCode's settings; given inline, because that form beats every file
set -eu
guest_dir=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$guest_dir/recipe-env.sh"
. "$guest_dir/git-env.sh"
own=$HOME/.bobbin
state=$own/agent-state

# OpenCode installs its plugin package into a settings folder that lacks these two, and without network its first
# request waits a minute for that.
settings=$state/config/opencode
mkdir -p "$settings/node_modules" "$state/data" "$state/state" "$state/cache"
cat >"$settings/package-lock.json" <<'JSON'
{"name":"opencode","lockfileVersion":3,"requires":true,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"1.18.33"}}}}
JSON

export XDG_CONFIG_HOME="$state/config" XDG_DATA_HOME="$state/data" XDG_STATE_HOME="$state/state" XDG_CACHE_HOME="$state/cache"
# Nobody follows its watching of files.
export OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER=1
# Its built-in table of every provider and model takes most of a second to read; the settings say all that is needed.
export OPENCODE_MODELS_PATH="$guest_dir/models.json" OPENCODE_DISABLE_MODELS_FETCH=1
export OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_LSP_DOWNLOAD=1
export OPENCODE_DISABLE_DEFAULT_PLUGINS=1 OPENCODE_DISABLE_PROJECT_CONFIG=1
export OPENCODE_DISABLE_CLAUDE_CODE=1 OPENCODE_DISABLE_EXTERNAL_SKILLS=1 OPENCODE_DISABLE_EMBEDDED_WEB_UI=1
OPENCODE_CONFIG_CONTENT=$(cat "$own/agent-config.json")
OPENCODE_SERVER_PASSWORD=$(cat "$BOBBIN_SECRETS_DIR/agent-password")
export OPENCODE_CONFIG_CONTENT OPENCODE_SERVER_PASSWORD
export BOBBIN_TURN_FILE="$own/turn.json"
# Written when the checkout is up to date: until then nothing may change it.
export BOBBIN_SYNCED_FILE="$BOBBIN_SECRETS_DIR/synced.json"
export PAGER=cat CI=1

# OpenCode's glob and grep run rg, and download one where there is none.
export PATH="${guest_dir%/*}/ripgrep/bin:$PATH"
opencode=${guest_dir%/*}/opencode/bin/opencode
exec "$opencode" serve --hostname 127.0.0.1 --port "$1"
