import type { PullRequestText } from "../ports.ts";
import { findAsker } from "./opening-store.ts";
import { replaceFooter } from "./pull-request-body.ts";
import { type FooterDeps, readFooter } from "./pull-request-footer.ts";
import { findWithRepository } from "./pull-request-store.ts";

/**
 * Brings Bobbin's part of a pull request's text up to date, for example when somebody else's turn has pushed to it. What
 * people wrote stays, and where they took Bobbin's part out it stays out.
 *
 * @throws AppError with what GitHub answered, also where only pictures are still to come
 */
export function createDescribePullRequest(deps: FooterDeps & { github: PullRequestText }) {
	return async function describe(
		pullRequestId: string,
	): Promise<{ outcome: "changed" | "unchanged" | "not_open" }> {
		const row = await findWithRepository(deps.db, pullRequestId);
		if (row?.state !== "open" || row.number === null) return { outcome: "not_open" };
		const place = { owner: row.owner, name: row.name, number: row.number };
		const behalfOf =
			row.opened_as === "app"
				? await findAsker(deps.db, { sessionId: row.session_id, promptId: row.prompt_id })
				: null;
		const { footer, owed } = await readFooter(deps, { ...row, behalfOf });
		const { body } = await deps.github.readPullRequest(place);
		const wanted = replaceFooter(body, footer);
		const isNew = wanted !== null && wanted !== body.replaceAll("\r\n", "\n");
		if (isNew) await deps.github.changePullRequestBody({ ...place, body: wanted });
		if (owed !== null) throw owed;
		return { outcome: isNew ? "changed" : "unchanged" };
	};
}
