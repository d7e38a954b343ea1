import type { Generated } from "kysely";
import type { PictureType, RoutingHow, SessionStatus } from "../../contract/session.ts";
import type { CreatedAt, Json, Nullable, NullableJson, NullableTimestamp, Timestamp } from "./columns.ts";

/** A session that is on its way to another repository. */
export interface SessionMove {
	repositoryId: string;
	/** null: whoever sits at this machine. */
	personId: string | null;
	/** What is begun anew there; null: nothing had begun. */
	promptId: string | null;
}

/** How and why a session got its repository. */
export interface Routing {
	how: RoutingHow;
	reason: string;
	confidence: number | null;
}

/** What whoever began a session chose for it beforehand. Left out: Bobbin finds out. */
export interface SessionWish {
	/** `id` null: none is needed. */
	repository?: { id: string | null; how: "named" | "picked"; reason: string };
	/** The branch to begin at, of the repository that it becomes. */
	baseBranch?: string;
}

interface SessionsTable {
	id: string;
	status: SessionStatus;
	title: string;
	repository_id: string | null;
	routing: NullableJson<Routing>;
	base_branch: string | null;
	branch: string | null;
	epoch: Generated<number>;
	owner_instance: string | null;
	conversation_id: string | null;
	/** A branch of somebody else's that the session may push to, beside its own. */
	adopted_branch: Nullable<string>;
	checkout_notes: Generated<string[]>;
	move: NullableJson<SessionMove>;
	/** Which one its turns are given to; null: what its place says. */
	model: Nullable<string>;
	wish: NullableJson<SessionWish>;
	last_seq: Generated<number>;
	created_at: CreatedAt;
	updated_at: Timestamp;
}

interface EventsTable {
	session_id: string;
	seq: number;
	type: string;
	data: Json<unknown>;
	at: Timestamp;
}

interface QuestionsTable {
	id: string;
	session_id: string;
	prompt_id: string;
	/** The agent's own name for it. */
	agent_id: string;
	text: string;
	options: Json<{ label: string; description: string }[]>;
	multiple: boolean;
	asked_at: Timestamp;
	/** Labels, or a person's own words; null: nobody has answered. */
	chosen: NullableJson<string[]>;
	answered_by: string | null;
	/** The same answer twice is one. */
	answer_key: string | null;
	answered_at: NullableTimestamp;
	/** When the agent got the answer. */
	delivered_at: NullableTimestamp;
	/** When no answer was wanted any more. */
	closed_at: NullableTimestamp;
}

/** One request that several sessions work on side by side. */
interface AttemptGroupsTable {
	id: string;
	/** Of the thread in which it was asked for. */
	first_session_id: string;
	count: number;
	/** One for each attempt; empty: all with the usual one. */
	models: Generated<string[]>;
	picked_number: Nullable<number>;
	picked_by: Nullable<string>;
	picked_at: NullableTimestamp;
	created_at: CreatedAt;
}

interface AttemptsTable {
	group_id: string;
	number: number;
	session_id: string;
}

/** Pictures that agents made. */
interface PicturesTable {
	id: string;
	session_id: string;
	prompt_id: string;
	/** In which the session worked then; null: in none. */
	repository_id: string | null;
	/** One line. */
	title: string;
	content_type: PictureType;
	/** Of the bytes, hex. */
	sha256: string;
	bytes: Uint8Array;
	created_at: Timestamp;
}

export interface SessionsSchema {
	sessions: SessionsTable;
	pictures: PicturesTable;
	events: EventsTable;
	attempt_groups: AttemptGroupsTable;
	attempts: AttemptsTable;
	questions: QuestionsTable;
}
