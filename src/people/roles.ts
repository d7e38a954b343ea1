import type { Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";

/** Whether a person is an admin of a Slack workspace, as they were when they did something there last. */
export async function isAdmin(tx: Tx, input: { personId: string; teamId: string }): Promise<boolean> {
	const row = await tx
		.selectFrom("people as p")
		.innerJoin("identities as i", "i.person_id", "p.id")
		.select("p.id")
		.where("p.id", "=", input.personId)
		.where("p.role", "=", "admin")
		.where("i.provider", "=", "slack")
		.where("i.tenant", "=", input.teamId)
		.where("i.kind", "=", "member")
		.executeTakeFirst();
	return row !== undefined;
}

/**
 * Nothing happens where the person is an admin of the workspace.
 *
 * @throws AppError `forbidden`
 */
export async function requireAdmin(tx: Tx, input: { personId: string; teamId: string }): Promise<void> {
	if (!(await isAdmin(tx, input)))
		throw new AppError(
			"forbidden",
			"Only admins of this Slack workspace may do that. Ask one of them, or an owner.",
		);
}
