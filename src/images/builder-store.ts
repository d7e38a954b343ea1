import type { Db, Tx } from "../db/client.ts";
import { insertSandbox, type SandboxRow } from "../sessions/sandbox/sandbox-store.ts";

/** A sandbox that an image is built in. It belongs to no session, so the gateway lets it read its repository, no more. */
export async function insertBuilder(
	tx: Tx,
	builder: Parameters<typeof insertSandbox>[1] & { image_id: string },
): Promise<SandboxRow> {
	const { image_id, ...sandbox } = builder;
	const set = { state: "building" as const, image_id };
	const row = await insertSandbox(tx, sandbox);
	await tx.updateTable("sandboxes").set(set).where("id", "=", row.id).execute();
	return { ...row, ...set };
}

/** Builders that are not known to be gone; of one repository, or all whose image is not being built any more. */
export async function listBuilders(
	db: Db,
	input: { provider: string } & ({ repositoryId: string } | { left: true }),
): Promise<{ id: string; name: string }[]> {
	const builders = db
		.selectFrom("sandboxes")
		.innerJoin("images", "images.id", "sandboxes.image_id")
		.select(["sandboxes.id", "sandboxes.name"])
		.where("sandboxes.provider", "=", input.provider)
		.where("sandboxes.state", "=", "building")
		.where("sandboxes.deleted_at", "is", null);
	return "left" in input
		? builders.where("images.state", "<>", "building").execute()
		: builders.where("sandboxes.repository_id", "=", input.repositoryId).execute();
}

/** Its token is good for nothing from here on. */
export async function endBuilder(db: Db, id: string, at: Date): Promise<void> {
	await db.updateTable("sandboxes").set({ state: "deleted", deleted_at: at }).where("id", "=", id).execute();
}
