import type { RepositoryRules } from "../contract/repository-rules.ts";
import type { Db, Tx } from "../db/client.ts";
import { recordAudit } from "./audit.ts";

const DEFAULTS: RepositoryRules = { draft: false, appOpens: false, ciFixes: 2, reviewLoop: true };

/** How Bobbin behaves in a repository. null: there is no such repository. */
export async function readRepositoryRules(tx: Tx, repositoryId: string): Promise<RepositoryRules | null> {
	const row = await tx
		.selectFrom("repositories")
		.leftJoin("repository_rules as rules", "rules.repository_id", "repositories.id")
		.select(["rules.draft", "rules.app_opens", "rules.ci_fixes", "rules.review_loop"])
		.where("repositories.id", "=", repositoryId)
		.executeTakeFirst();
	if (!row) return null;
	return {
		draft: row.draft ?? DEFAULTS.draft,
		appOpens: row.app_opens ?? DEFAULTS.appOpens,
		ciFixes: row.ci_fixes ?? DEFAULTS.ciFixes,
		reviewLoop: row.review_loop ?? DEFAULTS.reviewLoop,
	};
}

/** Sets some of them, as whoever sits at this machine; what is not named stays. null: there is no such repository. */
export function createSetRepositoryRules(deps: { db: Db; now: () => number }) {
	return (input: {
		repositoryId: string;
		change: { [Rule in keyof RepositoryRules]?: RepositoryRules[Rule] | undefined };
	}): Promise<RepositoryRules | null> =>
		deps.db.transaction().execute(async (tx) => {
			const { repositoryId, change } = input;
			const before = await readRepositoryRules(tx, repositoryId);
			if (before === null) return null;
			const at = new Date(deps.now());
			const after = {
				draft: change.draft ?? before.draft,
				app_opens: change.appOpens ?? before.appOpens,
				ci_fixes: change.ciFixes ?? before.ciFixes,
				review_loop: change.reviewLoop ?? before.reviewLoop,
				updated_at: at,
			};
			await tx
				.insertInto("repository_rules")
				.values({ repository_id: repositoryId, ...after })
				.onConflict((conflict) => conflict.column("repository_id").doUpdateSet(after))
				.execute();
			const act = { action: "repository.changed", repositoryId, data: { before, change } };
			await recordAudit(tx, { personId: null, actor: "local", ...act }, at);
			return readRepositoryRules(tx, repositoryId);
		});
}
