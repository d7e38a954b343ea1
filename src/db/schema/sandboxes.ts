import type { Generated, JSONColumnType } from "kysely";
import type { Problem } from "../../contract/event.ts";
import type { Image, ImageStep } from "../../contract/image.ts";
import type { WarmSource } from "../../contract/warm.ts";
import type { CreatedAt, Json, NullableJson, NullableTimestamp } from "./columns.ts";

export interface SandboxesTable {
	id: string;
	session_id: string | null;
	repository_id: string | null;
	provider: string;
	name: string;
	provider_id: string | null;
	/** `warming`: it is being made for the pool; a session may have claimed it already. */
	state: "creating" | "warming" | "ready" | "warm" | "building" | "lost" | "deleted";
	token_hash: string;
	cloned_at: NullableTimestamp;
	branch: string | null;
	image_id: string | null;
	missed_after_seq: number | null;
	synced_sha: string | null;
	warmed_at: NullableTimestamp;
	claimed_at: NullableTimestamp;
	checked_at: NullableTimestamp;
	created_at: CreatedAt;
	deleted_at: NullableTimestamp;
}

interface ImagesTable {
	id: string;
	repository_id: string;
	provider: string;
	snapshot: string;
	commit_sha: string;
	recipe: Json<unknown>;
	recipe_hash: string;
	reason: Image["reason"];
	state: Image["state"];
	step: string | null;
	steps: JSONColumnType<ImageStep[], string | undefined>;
	log: Generated<string>;
	problem: NullableJson<Problem>;
	size_bytes: number | null;
	started_at: CreatedAt;
	finished_at: NullableTimestamp;
	deleted_at: NullableTimestamp;
}

interface RepositoryBuildsTable {
	repository_id: string;
	recipe_text: string | null;
	/** Of the recipe in use, as `toCatalogueWords` makes them. */
	description: Generated<string>;
	hints: Generated<string>;
	builds_on_push: Generated<boolean>;
	failures: Generated<number>;
	next_try_at: NullableTimestamp;
	told_problem: string | null;
	used_at: NullableTimestamp;
	checked_at: NullableTimestamp;
}

interface SessionSnapshotsTable {
	id: string;
	session_id: string;
	sandbox_id: string;
	prompt_id: string | null;
	provider: string;
	name: string;
	state: "taking" | "ready" | "failed" | "deleted";
	seq: number;
	reason: "turn" | "stop" | "delete" | "move";
	wip_branch: string | null;
	problem: NullableJson<Problem>;
	size_bytes: number | null;
	created_at: CreatedAt;
	deleted_at: NullableTimestamp;
}

interface WarmHintsTable {
	id: string;
	person_id: string | null;
	repository_id: string;
	source: WarmSource | "mention";
	outcome: "made" | "present" | "refused" | "failed";
	sandbox_id: string | null;
	session_id: string | null;
	at: CreatedAt;
	hit_at: NullableTimestamp;
}

export interface SandboxesSchema {
	sandboxes: SandboxesTable;
	images: ImagesTable;
	repository_builds: RepositoryBuildsTable;
	session_snapshots: SessionSnapshotsTable;
	warm_hints: WarmHintsTable;
}
