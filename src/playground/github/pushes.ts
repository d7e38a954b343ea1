import { findActorByLogin, showUser } from "./actors.ts";
import { isAncestor, readCommits, readRefs, resolveCommit, showCommit } from "./commits.ts";
import { findPull, pullWebhook } from "./pulls.ts";
import { webhookFrame } from "./repositories.ts";
import { dismissStaleApprovals } from "./reviews.ts";
import type { PullRow, RepositoryRow } from "./rows.ts";
import { measureSize } from "./sizes.ts";
import { timestamp, type World } from "./world.ts";

const NOTHING = "0".repeat(40);

/**
 * Compares the real refs with those that were told, and tells the difference: `push` for each, `synchronize` for the
 * pull requests whose head moved, `closed` where the branch is gone. Runs after each push and at start, so that a
 * process killed between a push and its webhooks still sends them.
 */
export async function tellPushes(world: World, repository: RepositoryRow, sender: string): Promise<void> {
	const refs = await readRefs(world.git, repository);
	// GitHub tells of branches and tags only.
	const real = new Map(
		refs.filter(({ ref }) => /^refs\/(heads|tags)\//.test(ref)).map(({ ref, sha }) => [ref, sha]),
	);
	const told = new Map(
		world.state
			.all<{ ref: string; sha: string }>(
				"select ref, sha from told_refs where repository_id = ?",
				repository.id,
			)
			.map(({ ref, sha }) => [ref, sha]),
	);
	await measureSize(world, repository);
	for (const ref of new Set([...told.keys(), ...real.keys()])) {
		const before = told.get(ref) ?? NOTHING;
		const after = real.get(ref) ?? NOTHING;
		if (before !== after) await tellPush(world, repository, { ref, before, after }, sender);
	}
}

interface Push {
	ref: string;
	before: string;
	after: string;
}

async function tellPush(world: World, repository: RepositoryRow, push: Push, sender: string): Promise<void> {
	const payload = await pushWebhook(world, repository, push, sender);
	const branch = push.ref.startsWith("refs/heads/") ? push.ref.slice("refs/heads/".length) : null;
	const pulls = branch === null ? [] : openPulls(world, repository, branch);
	const changes: { next: PullRow; told: Record<string, unknown> | null }[] = [];
	for (const pull of pulls) {
		const { next, action } = await movePull(world, repository, pull, push, sender);
		const shas = action === "synchronize" ? { before: push.before, after: push.after } : {};
		const told = action === null ? null : await pullWebhook(world, repository, next, action, sender, shas);
		changes.push({ next, told });
	}

	world.state.transaction(() => {
		if (push.after === NOTHING) {
			world.state.run("delete from told_refs where repository_id = ? and ref = ?", repository.id, push.ref);
		} else {
			world.state.run(
				"insert into told_refs (repository_id, ref, sha) values (?, ?, ?) on conflict do update set sha = excluded.sha",
				repository.id,
				push.ref,
				push.after,
			);
		}
		world.deliveries.add("push", payload);
		for (const { next, told } of changes) {
			world.state.run(
				`update pulls set state = ?, head_sha = ?, base_sha = ?, closed_at = ?, updated_at = ?, merged_at = ?, merged_by = ?, merge_sha = ?
				 where id = ? and state = 'open'`,
				next.state,
				next.head_sha,
				next.base_sha,
				next.closed_at,
				next.updated_at,
				next.merged_at,
				next.merged_by,
				next.merge_sha,
				next.id,
			);
			if (told !== null) world.deliveries.add("pull_request", told);
			dismissStaleApprovals(world, repository, next, sender);
		}
	});
}

/** What a push does to an open pull request whose head or base it moved. */
async function movePull(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	push: Push,
	sender: string,
): Promise<{ next: PullRow; action: "closed" | "synchronize" | null }> {
	const at = timestamp(world);
	if (push.after === NOTHING) {
		return { next: { ...pull, state: "closed", closed_at: at, updated_at: at }, action: "closed" };
	}
	if (push.ref === `refs/heads/${pull.head_ref}`) {
		return { next: { ...pull, head_sha: push.after, updated_at: at }, action: "synchronize" };
	}
	// The base keeps the commit from before the merge: the difference is read from it.
	const merged = { state: "closed", closed_at: at, updated_at: at, merged_at: at } as const;
	if (pull.merge_sha !== null && (await isAncestor(world.git, repository, pull.merge_sha, push.after))) {
		return { next: { ...pull, ...merged, merged_by: pull.merged_by ?? sender }, action: "closed" };
	}
	if (await isAncestor(world.git, repository, pull.head_sha, push.after)) {
		return {
			next: { ...pull, ...merged, merged_by: sender, merge_sha: push.after },
			action: "closed",
		};
	}
	return { next: { ...pull, base_sha: push.after }, action: null };
}

function openPulls(world: World, repository: RepositoryRow, branch: string): PullRow[] {
	return world.state
		.all<{ number: number }>(
			"select number from pulls where repository_id = ? and state = 'open' and (head_ref = ? or base_ref = ?)",
			repository.id,
			branch,
			branch,
		)
		.map(({ number }) => findPull(world, repository, number))
		.filter((pull) => pull !== undefined);
}

async function pushWebhook(world: World, repository: RepositoryRow, push: Push, sender: string) {
	const { git } = world;
	const range =
		push.before === NOTHING
			? [push.after, `^${(await resolveCommit(git, repository, repository.default_branch)) ?? push.after}`]
			: [`${push.before}..${push.after}`];
	const commits = push.after === NOTHING ? [] : (await readCommits(git, repository, range, 20)).reverse();
	const pusher = findActorByLogin(world, sender);
	const shown = commits.map((commit) => ({
		id: commit.sha,
		tree_id: commit.tree,
		distinct: true,
		message: commit.message,
		timestamp: commit.committer.date,
		url: showCommit(world, repository, commit).html_url,
		author: commit.author,
		committer: commit.committer,
	}));
	return {
		ref: push.ref,
		before: push.before,
		after: push.after,
		created: push.before === NOTHING,
		deleted: push.after === NOTHING,
		forced: false,
		base_ref: null,
		compare: `${world.url}/${repository.owner}/${repository.name}/compare/${push.before}...${push.after}`,
		commits: shown,
		head_commit: shown.at(-1) ?? null,
		pusher: { name: pusher.login, email: pusher.email },
		...webhookFrame(world, repository, showUser(world, sender).login),
	};
}
