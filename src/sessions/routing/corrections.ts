import type { Db } from "../../db/client.ts";
import type { Access } from "../../people/access.ts";
import { recordAudit } from "../../people/audit.ts";
import { type Correction, findCorrection, readCorrections, setRemoved } from "./correction-store.ts";

const MOST_LISTED = 50;

/** What Bobbin learned by people's moving sessions, for people to see and take back. */
export interface Corrections {
	/**
	 * A channel's, or a person's own in a workspace; newest first. Those to or from repositories that `viewerId` may not
	 * read are left out.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	listCorrections(
		of: { teamId: string; viewerId: string } & ({ channelId: string } | { personId: string }),
	): Promise<Correction[]>;
	/**
	 * Nothing is learned of it any more. Whoever made it may take it back, and whoever may use the repository that it leads
	 * to; to others it is not there.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	removeCorrection(input: {
		correctionId: string;
		teamId: string;
		personId: string;
	}): Promise<{ outcome: "removed" | "not_found" }>;
}

export function createCorrections(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
	now: () => number;
}): Corrections {
	const { db, access } = deps;
	return {
		async listCorrections({ viewerId, ...of }) {
			const found = await readCorrections(db, { ...of, limit: MOST_LISTED });
			const ends = (row: Correction) => [
				row.toRepositoryId,
				...(row.fromRepositoryId ? [row.fromRepositoryId] : []),
			];
			const allowed = await access.allowed({
				personId: viewerId,
				repositoryIds: [...new Set(found.flatMap(ends))],
				need: "read",
			});
			return found.filter((row) => ends(row).every((id) => allowed.has(id)));
		},

		async removeCorrection({ correctionId, teamId, personId }) {
			const found = await findCorrection(db, correctionId);
			if (!found || found.team_id !== teamId) return { outcome: "not_found" };
			const { to_repository_id: repositoryId, session_id: sessionId } = found;
			const isTheirs = found.person_id === personId;
			const question = { personId, repositoryIds: [repositoryId], need: "write" as const };
			if (!isTheirs && !(await access.allowed(question)).has(repositoryId)) return { outcome: "not_found" };
			await db.transaction().execute(async (tx) => {
				const at = new Date(deps.now());
				if (!(await setRemoved(tx, correctionId, at))) return;
				const act = { personId, action: "routing_correction.removed", sessionId, repositoryId };
				await recordAudit(tx, { ...act, data: { correctionId } }, at);
			});
			return { outcome: "removed" };
		},
	};
}
