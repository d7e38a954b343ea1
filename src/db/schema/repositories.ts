import type { Generated } from "kysely";
import type { RoutingHow } from "../../contract/session.ts";
import type { Nullable, NullableTimestamp, Timestamp } from "./columns.ts";

interface RepositoriesTable {
	id: string;
	owner: string;
	name: string;
	github_id: number | null;
	installation_id: number | null;
	default_branch: string;
	description: Generated<string>;
	hints: Generated<string>;
	aliases: Generated<string[]>;
	languages: Generated<string[]>;
	topics: Generated<string[]>;
	private: Generated<boolean>;
	archived: Generated<boolean>;
	size_kib: number | null;
	former_names: Generated<string[]>;
	removed_at: NullableTimestamp;
	updated_at: Timestamp;
}

interface RepositoryRulesTable {
	repository_id: string;
	draft: Generated<boolean>;
	/** The App may open pull requests of people without a GitHub account. */
	app_opens: Generated<boolean>;
	/** How often in a row failing checks are mended before people are asked. */
	ci_fixes: Generated<number>;
	/** Reviews and comments become prompts. */
	review_loop: Generated<boolean>;
	updated_at: Timestamp;
}

interface RoutingCorrectionsTable {
	id: string;
	/** null: the session has no thread in Slack. */
	team_id: string | null;
	channel_id: string | null;
	person_id: string | null;
	session_id: string;
	/** What was begun anew because of it. */
	prompt_id: string | null;
	from_repository_id: string | null;
	to_repository_id: string;
	/** The rung that had chosen wrongly. */
	how: RoutingHow;
	words: string;
	/** What was not pushed there could be kept. */
	is_kept: Generated<boolean>;
	at: Timestamp;
	/** Since when nothing is learned of it any more. */
	removed_at: NullableTimestamp;
}

/** Every pull request that was merged in a repository, whoever made it. */
interface MergesTable {
	repository_id: string;
	number: number;
	merged_at: Timestamp;
	/** Null: of another repository, or not known. */
	branch: Nullable<string>;
	base: Nullable<string>;
	added_lines: number;
	agent_lines: Generated<number>;
}

export interface RepositoriesSchema {
	repository_rules: RepositoryRulesTable;
	repositories: RepositoriesTable;
	merges: MergesTable;
	routing_corrections: RoutingCorrectionsTable;
}
