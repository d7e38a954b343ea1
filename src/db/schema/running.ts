import type { Generated } from "kysely";
import type { CreatedAt, Json, NullableTimestamp, Timestamp } from "./columns.ts";

interface InboxTable {
	id: Generated<number>;
	source: "slack" | "github" | "api";
	key: string;
	twin_key: string | null;
	body: Json<unknown>;
	received_at: CreatedAt;
	processed_at: NullableTimestamp;
	attempts: Generated<number>;
	claimed_until: NullableTimestamp;
	last_error: string | null;
}

interface InstancesTable {
	id: string;
	number: Generated<number>;
	started_at: CreatedAt;
	seen_at: Timestamp;
}

interface JobRunsTable {
	job_id: string;
	queue: string;
	instance_number: number;
}

export interface RunningSchema {
	inbox: InboxTable;
	instances: InstancesTable;
	job_runs: JobRunsTable;
}
