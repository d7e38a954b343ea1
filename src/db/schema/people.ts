import type { Generated, JSONColumnType } from "kysely";
import type { Notify, Verbosity } from "../../contract/settings.ts";
import type { CreatedAt, Nullable, NullableTimestamp, Timestamp } from "./columns.ts";

interface PeopleTable {
	id: string;
	name: string;
	email: string | null;
	role: Generated<"member" | "admin">;
	/** Whether their pull requests begin as drafts; null: as the repository says. */
	draft: Nullable<boolean>;
	/** Wishes; null: what the place says. */
	model: Nullable<string>;
	verbosity: Nullable<Verbosity>;
	notify: Generated<Notify>;
	created_at: CreatedAt;
}

interface IdentitiesTable {
	provider: "slack" | "github";
	tenant: string;
	external_id: string;
	person_id: string;
	name: string;
	email: string | null;
	kind: Generated<"member" | "guest" | "external" | "bot">;
	checked_at: Timestamp;
}

interface GithubTokensTable {
	person_id: string;
	/** Sealed, as is `refresh_token`. */
	access_token: string;
	/** null: it does not expire. */
	access_expires_at: NullableTimestamp;
	refresh_token: string | null;
	refresh_expires_at: NullableTimestamp;
	state: Generated<"live" | "revoked">;
	updated_at: Timestamp;
}

interface GithubLinksTable {
	id: string;
	person_id: string;
	state_hash: string;
	/** Sealed. */
	code_verifier: string;
	/** Sealed: what GitHub gave, until the person said that the account is theirs. */
	unconfirmed: Nullable<string>;
	created_at: CreatedAt;
	expires_at: Timestamp;
	used_at: NullableTimestamp;
}

interface RepositoryAccessTable {
	/** Of this row: another is made after what GitHub said was forgotten. */
	id: Generated<number>;
	person_id: string;
	repository_id: string;
	permission: Permission;
	checked_at: Timestamp;
}

interface AuditLogTable {
	id: Generated<number>;
	at: CreatedAt;
	/** null: nobody of ours, or Bobbin itself. */
	person_id: string | null;
	/** In words where it is no person of ours: `bobbin`, `github:<login>`. */
	actor: string;
	/** For example `pull_request.opened`. */
	action: string;
	session_id: string | null;
	repository_id: string | null;
	/** For example `acme/shop#7`. */
	subject: string | null;
	data: JSONColumnType<Record<string, unknown>, string | undefined>;
}

export type Permission = "none" | "read" | "write" | "admin";

export interface PeopleSchema {
	people: PeopleTable;
	identities: IdentitiesTable;
	github_tokens: GithubTokensTable;
	github_links: GithubLinksTable;
	repository_access: RepositoryAccessTable;
	audit_log: AuditLogTable;
}
