export const ACCESS_TOKEN = "github_tokens.access_token";
export const REFRESH_TOKEN = "github_tokens.refresh_token";
export const CODE_VERIFIER = "github_links.code_verifier";
/** What GitHub gave to somebody who has not confirmed yet that the account is theirs. */
export const UNCONFIRMED = "github_links.unconfirmed";
export const SLACK_BOT_TOKEN = "slack_installations.bot_token";

/** Every column that holds sealed text; a column's purpose is its name. Key rotation goes through these. */
export const SEALED_COLUMNS = [
	{ purpose: ACCESS_TOKEN, table: "github_tokens", key: "person_id", column: "access_token" },
	{ purpose: REFRESH_TOKEN, table: "github_tokens", key: "person_id", column: "refresh_token" },
	{ purpose: CODE_VERIFIER, table: "github_links", key: "id", column: "code_verifier" },
	{ purpose: UNCONFIRMED, table: "github_links", key: "id", column: "unconfirmed" },
	{ purpose: SLACK_BOT_TOKEN, table: "slack_installations", key: "id", column: "bot_token" },
] as const;
