import type { AppError } from "../../errors.ts";
import { findGithubAccount } from "../../people/account-store.ts";
import { type LinkPicturesDeps, linkPictures } from "../pictures/link-pictures.ts";
import { readPrompters } from "../reviews/review-store.ts";
import { toCommitAuthor } from "../turn/commit-author.ts";
import { readBranchAuthors } from "./opening-store.ts";
import type { Footer } from "./pull-request-body.ts";

export interface FooterDeps extends LinkPicturesDeps {
	/** Where people see a session; null: Bobbin has no address that others reach. */
	sessionUrl: (sessionId: string) => string | null;
}

/**
 * What Bobbin says below a pull request now. `behalfOf`: for whom the App opens it. `owed`: why some of its pictures come
 * later.
 */
export async function readFooter(
	deps: FooterDeps,
	pull: {
		id: string;
		session_id: string;
		repository_id: string;
		owner: string;
		name: string;
		branch: string;
		opened_by: string | null;
		opened_at: Date | null;
		behalfOf: string | null;
	},
): Promise<{ footer: Footer; owed: AppError | null }> {
	const { db, sessionUrl } = deps;
	const { session_id: sessionId, branch } = pull;
	const prompters = await readPrompters(db, [sessionId]);
	const authors = await readBranchAuthors(db, { sessionId, branch });
	const nameOf = (id: string | null) => prompters.find(({ personId }) => personId === id)?.name ?? null;
	const own = pull.opened_by === null ? undefined : await findGithubAccount(db, pull.opened_by);
	const taken = new Set(own === undefined ? [] : [own.email.toLowerCase()]);
	const coAuthors = authors
		// GitHub makes whoever opened it the author of a squashed commit.
		.filter(({ id }) => id !== pull.opened_by)
		.map(toCommitAuthor)
		.filter(({ email }) => !taken.has(email.toLowerCase()) && taken.add(email.toLowerCase()));
	const { pictures, owed } = await linkPictures(deps, {
		...{ sessionId, repositoryId: pull.repository_id, owner: pull.owner, name: pull.name },
		until: pull.opened_at,
	});
	const footer = {
		pullRequestId: pull.id,
		sessionId,
		sessionUrl: sessionUrl(sessionId),
		prompters: prompters.map(({ name }) => name),
		behalfOf: nameOf(pull.behalfOf),
		coAuthors,
		pictures,
	};
	return { footer, owed };
}
