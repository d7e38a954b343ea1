import { type Kysely, sql } from "kysely";

/** Finds rows that are old enough to be deleted, and what refers to them, without reading whole tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create index inbox_processed on inbox (processed_at) where processed_at is not null;
		create index warm_hints_at on warm_hints (at);
		create index session_snapshots_ended on session_snapshots (created_at) where state in ('failed', 'deleted');
		create index sandboxes_ended on sandboxes (deleted_at) where session_id is null and deleted_at is not null;
		create index images_ended on images (deleted_at) where deleted_at is not null;
		-- a deleted row's references are looked for
		create index warm_hints_sandbox on warm_hints (sandbox_id) where sandbox_id is not null;
		create index session_snapshots_sandbox on session_snapshots (sandbox_id);
		create index sandboxes_image on sandboxes (image_id) where image_id is not null;
	`.execute(db);
}
