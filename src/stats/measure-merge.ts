import type { Db } from "../db/client.ts";
import { readRepository } from "../sessions/routing/repository-store.ts";
import { countLines, type FilePatch } from "./count-lines.ts";
import { type AgentPush, findAgentCommits } from "./find-agent-commits.ts";
import { findOurs, keepMeasures, readPushes } from "./measure-store.ts";

interface Address {
	owner: string;
	name: string;
}

/** What counting needs of GitHub. Its calls throw AppError. */
export interface MergeHost {
	/** `base`: a branch; `baseSha`: as it was just before the merge. `branch` null: of another repository. null: it is not merged. */
	readMerge(input: Address & { number: number }): Promise<{
		mergedAtMs: number;
		base: string;
		baseSha: string;
		branch: string | null;
		additions: number;
	} | null>;
	listChangedFiles(input: Address & { number: number }): Promise<FilePatch[]>;
	/** Commits of `head` that `base` has not, oldest first. null: one of the two is gone. */
	listCommits(input: Address & { base: string; head: string }): Promise<AgentPush["commits"] | null>;
	listCommitFiles(input: Address & { sha: string }): Promise<FilePatch[]>;
}

/**
 * Counts the lines of a merged pull request, ours or anybody's, and keeps them. Everything is read anew, so it may be
 * done again.
 */
export function createMeasureMerge(deps: { db: Db; github: MergeHost }) {
	const { db, github } = deps;

	return async function measureMerge(input: {
		repositoryId: string;
		number: number;
	}): Promise<{ outcome: "measured" | "not_merged" | "no_repository" }> {
		const { repositoryId, number } = input;
		const repository = await readRepository(db, repositoryId);
		if (!repository) return { outcome: "no_repository" };
		const address = { owner: repository.owner, name: repository.name };
		const merge = await github.readMerge({ ...address, number });
		if (merge === null) return { outcome: "not_merged" };
		const ours = await findOurs(db, input);
		// Sessions push to branches of people, too.
		const pushes = merge.branch === null ? [] : await readPushes(db, { repositoryId, branch: merge.branch });
		const count =
			ours || pushes.length > 0
				? countLines({
						commits: await readAgentPatches(address, merge.baseSha, pushes),
						final: await github.listChangedFiles({ ...address, number }),
					})
				: { addedLines: merge.additions, agentLines: 0, survivingLines: 0 };
		const mergedAt = new Date(merge.mergedAtMs);
		await db.transaction().execute((tx) =>
			keepMeasures(tx, {
				...{ repositoryId, number, pullRequestId: ours?.id ?? null, mergedAt },
				...{ branch: merge.branch, base: merge.base },
				...count,
			}),
		);
		return { outcome: "measured" };
	};

	async function readAgentPatches(
		address: Address,
		base: string,
		pushes: Omit<AgentPush, "commits">[],
	): Promise<FilePatch[][]> {
		const known: AgentPush[] = [];
		for (const push of pushes) {
			// What was pushed over may be gone from GitHub by now.
			const commits = await github.listCommits({ ...address, base, head: push.sha });
			if (commits !== null) known.push({ ...push, commits });
		}
		const patches: FilePatch[][] = [];
		for (const sha of findAgentCommits(known))
			patches.push(await github.listCommitFiles({ ...address, sha }));
		return patches;
	}
}
