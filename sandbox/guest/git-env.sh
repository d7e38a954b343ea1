# Sourced. Git's settings for everything that runs in a sandbox: passed by environment, so that no file of the
# repository or of the home folder is written, and no token is ever part of a setting.
guest_dir=${guest_dir:?}
export BOBBIN_GATEWAY_URL="${BOBBIN_GATEWAY_URL:-http://127.0.0.1:8701}"
export BOBBIN_TOKEN_FILE="${BOBBIN_TOKEN_FILE:-$BOBBIN_SECRETS_DIR/token}"
export GIT_TERMINAL_PROMPT=0 GIT_EDITOR=true GIT_PAGER=cat
export GIT_CONFIG_COUNT=6
export GIT_CONFIG_KEY_0=credential.helper GIT_CONFIG_VALUE_0=
export GIT_CONFIG_KEY_1=credential.helper GIT_CONFIG_VALUE_1="$guest_dir/git-credential-bobbin"
export GIT_CONFIG_KEY_2=safe.directory GIT_CONFIG_VALUE_2='*'
export GIT_CONFIG_KEY_3=push.autoSetupRemote GIT_CONFIG_VALUE_3=true
export GIT_CONFIG_KEY_4=advice.detachedHead GIT_CONFIG_VALUE_4=false
export GIT_CONFIG_KEY_5=user.useConfigOnly GIT_CONFIG_VALUE_5=true
