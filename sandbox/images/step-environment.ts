/**
 * What every command of a recipe has in its environment: nobody is there to answer, so that programs do not ask. The
 * recipe's own values and those of its services are put over these.
 */
export const STEP_ENVIRONMENT: Record<string, string> = {
	CI: "1",
	TERM: "dumb",
	NO_COLOR: "1",
	PAGER: "cat",
	EDITOR: "true",
	DEBIAN_FRONTEND: "noninteractive",
	GIT_TERMINAL_PROMPT: "0",
	GIT_ASKPASS: "/bin/false",
	GIT_EDITOR: "true",
	GIT_PAGER: "cat",
	GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new",
	SSH_ASKPASS: "/bin/false",
	SUDO_ASKPASS: "/bin/false",
	npm_config_yes: "true",
	npm_config_audit: "false",
	npm_config_fund: "false",
	npm_config_update_notifier: "false",
	COREPACK_ENABLE_DOWNLOAD_PROMPT: "0",
	YARN_ENABLE_TELEMETRY: "0",
	NEXT_TELEMETRY_DISABLED: "1",
	PIP_NO_INPUT: "1",
	PIP_DISABLE_PIP_VERSION_CHECK: "1",
	// Tools are put into ~/.local; the system's own Python is read-only anyway.
	PIP_BREAK_SYSTEM_PACKAGES: "1",
	POETRY_NO_INTERACTION: "1",
	POETRY_VIRTUALENVS_IN_PROJECT: "true",
};
