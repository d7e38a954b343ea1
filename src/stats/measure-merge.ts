import type { Db } from "../db/client.ts";
import { countLines, type FilePatch } from "./count-lines.ts";
import { type AgentPush, findAgentCommits } from "./find-agent-commits.ts";
import { findOurs, findRepository, keepMeasures, readPushes } from "./measure-store.ts";

interface Address {
	owner: string;
	name: string;
}

/** What counting needs of GitHub. Its calls throw AppError. */
export interface MergeHost {
	/** `baseSha`: the base as it was just before the merge. null: it is not merged. */
	readMerge(
		input: Address & { number: number },
	): Promise<{ mergedAtMs: number; baseSha: string; additions: number } | null>;
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
		const address = await findRepository(db, repositoryId);
		if (!address) return { outcome: "no_repository" };
		const merge = await github.readMerge({ ...address, number });
		if (merge === null) return { outcome: "not_merged" };
		const ours = await findOurs(db, input);
		const count = ours
			? countLines({
					commits: await readAgentPatches(address, merge.baseSha, {
						repositoryId,
						sessionId: ours.session_id,
						branch: ours.branch,
					}),
					final: await github.listChangedFiles({ ...address, number }),
				})
			: { addedLines: merge.additions, agentLines: 0, survivingLines: 0 };
		const mergedAt = new Date(merge.mergedAtMs);
		await db
			.transaction()
			.execute((tx) =>
				keepMeasures(tx, { repositoryId, number, pullRequestId: ours?.id ?? null, mergedAt, ...count }),
			);
		return { outcome: "measured" };
	};

	async function readAgentPatches(
		address: Address,
		base: string,
		of: Parameters<typeof readPushes>[1],
	): Promise<FilePatch[][]> {
		const pushes: AgentPush[] = [];
		for (const push of await readPushes(db, of)) {
			// What was pushed over may be gone from GitHub by now.
			const commits = await github.listCommits({ ...address, base, head: push.sha });
			if (commits !== null) pushes.push({ ...push, commits });
		}
		const patches: FilePatch[][] = [];
		for (const sha of findAgentCommits(pushes))
			patches.push(await github.listCommitFiles({ ...address, sha }));
		return patches;
	}
}
