/** What left a sandbox: the branch was moved from one commit to the other. */
export interface AgentPush {
	/** null: the branch was not there. */
	beforeSha: string | null;
	sha: string;
	/** Those of `sha` that the base of the pull request has not. */
	commits: { sha: string; parents: string[] }[];
}

/**
 * The commits that the agent made, oldest first, each once: of every push those on its line of first parents that were
 * not on the branch before. What a merge brought in was written elsewhere.
 */
export function findAgentCommits(pushes: AgentPush[]): string[] {
	const found = new Set<string>();
	for (const { beforeSha, sha, commits } of pushes) {
		const parentsOf = new Map(commits.map((commit) => [commit.sha, commit.parents]));
		const known = findHistory(beforeSha, parentsOf);
		const line: string[] = [];
		for (let at: string | undefined = sha; at !== undefined && !known.has(at); at = parentsOf.get(at)?.[0]) {
			if (parentsOf.get(at)?.length === 1) line.push(at);
		}
		for (const one of line.reverse()) found.add(one);
	}
	return [...found];
}

function findHistory(from: string | null, parentsOf: Map<string, string[]>): Set<string> {
	const history = new Set<string>();
	const open = from === null ? [] : [from];
	for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
		if (history.has(sha)) continue;
		history.add(sha);
		open.push(...(parentsOf.get(sha) ?? []));
	}
	return history;
}
