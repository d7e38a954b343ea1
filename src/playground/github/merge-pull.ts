import type { Actor } from "./actors.ts";
import { findBarrier } from "./merge-barrier.ts";
import { checkMerge } from "./merging.ts";
import { findPull } from "./pulls.ts";
import { tellPushes } from "./pushes.ts";
import { Refusal } from "./refusal.ts";
import type { PullRow, RepositoryRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

interface MergeInput {
	method: "merge" | "squash";
	title?: string | undefined;
	message?: string | undefined;
	/** The head that the caller saw; another one is 409. */
	expectedHead?: string | undefined;
}

/**
 * Merges a pull request into its base and tells everyone. Must run under the repository's push lock.
 *
 * @throws Refusal 405 where it cannot or may not be merged, 409 where its head moved
 */
export async function mergePull(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	actor: Actor,
	input: MergeInput,
): Promise<PullRow> {
	if (pull.state !== "open") throw new Refusal(405, "Pull Request is not mergeable");
	if (pull.draft === 1) throw new Refusal(405, "Pull Request is still a draft");
	if (input.expectedHead !== undefined && input.expectedHead !== pull.head_sha) {
		throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
	}
	const barrier = findBarrier(world, repository, pull);
	if (barrier !== null) throw new Refusal(405, barrier);
	const merge = await checkMerge(world.git, repository, pull.base_sha, pull.head_sha);
	if (merge.outcome === "conflict") throw new Refusal(405, "Pull Request is not mergeable");

	const title =
		input.title ??
		(input.method === "merge"
			? `Merge pull request #${pull.number} from ${repository.owner}/${pull.head_ref}`
			: `${pull.title} (#${pull.number})`);
	const message = input.message ?? (input.method === "merge" ? pull.title : pull.body);
	const parents = input.method === "merge" ? [pull.base_sha, pull.head_sha] : [pull.base_sha];
	const at = timestamp(world);
	const folder = world.git.path(repository);
	const sha = (
		await world.git.run(folder, ["commit-tree", merge.tree, ...parents.flatMap((parent) => ["-p", parent])], {
			input: `${title}\n\n${message}\n`,
			env: {
				GIT_AUTHOR_NAME: actor.name,
				GIT_AUTHOR_EMAIL: actor.email,
				GIT_AUTHOR_DATE: at,
				GIT_COMMITTER_NAME: "GitHub",
				GIT_COMMITTER_EMAIL: "noreply@github.com",
				GIT_COMMITTER_DATE: at,
			},
		})
	).trim();
	// Written before the branch moves: if the process dies between the two, the next start sees what the move was.
	world.state.run("update pulls set merge_sha = ?, merged_by = ? where id = ?", sha, actor.login, pull.id);
	await world.git.run(folder, ["update-ref", `refs/heads/${pull.base_ref}`, sha, pull.base_sha]);
	await tellPushes(world, repository, actor.login);
	return findPull(world, repository, pull.number) ?? pull;
}
