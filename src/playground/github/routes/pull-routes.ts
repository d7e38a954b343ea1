import { Hono } from "hono";
import { z } from "zod";
import { findActor } from "../actors.ts";
import { countCommits, readCommits, resolveCommit, showCommit } from "../commits.ts";
import { readDiff, showChangedFile } from "../diff.ts";
import { nextNumber } from "../issues.ts";
import { mergePull } from "../merge-pull.ts";
import type { OneAtATime } from "../one-at-a-time.ts";
import {
	changePull,
	findMergeBase,
	findPull,
	pullWebhook,
	readPullFiles,
	showPull,
	showWholePull,
} from "../pulls.ts";
import { invalidField, notFound, Refusal, unprocessable } from "../refusal.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { PullRow, RepositoryRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const LONGEST_BODY = 65_536;
const newPullBody = z.strictObject({
	title: z.string().min(1).max(256),
	head: z.string().min(1),
	base: z.string().min(1),
	body: z.string().max(LONGEST_BODY).nullish(),
	draft: z.boolean().optional(),
	maintainer_can_modify: z.boolean().optional(),
});
const pullChangeBody = z.strictObject({
	title: z.string().min(1).max(256).optional(),
	body: z.string().max(LONGEST_BODY).nullish(),
	state: z.enum(["open", "closed"]).optional(),
	base: z.string().optional(),
});
const mergeBody = z.strictObject({
	commit_title: z.string().optional(),
	commit_message: z.string().optional(),
	sha: z.string().optional(),
	merge_method: z.enum(["merge", "squash", "rebase"]).default("merge"),
});

/** Pull requests: opened, read, changed, merged. */
export function createPullRoutes(world: World, pushLock: OneAtATime): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { git, state } = world;
	const at = "/repos/:owner/:repo/pulls";

	function openPull(c: RestContext, level: "read" | "write"): { repository: RepositoryRow; pull: PullRow } {
		const repository = openPathRepository(c, world, "pull_requests", level);
		const pull = findPull(world, repository, Number(c.req.param("number")));
		if (pull === undefined) throw notFound();
		return { repository, pull };
	}

	app.get(at, (c) => {
		const repository = openPathRepository(c, world, "pull_requests", "read");
		const { state: wanted = "open", head, base } = c.req.query();
		// GitHub ignores a head without its owner; refusing it shows the mistake.
		if (head !== undefined && !head.includes(":")) throw invalidField("PullRequest", "head");
		const headRef = head?.slice(head.indexOf(":") + 1);
		const headOwner = head?.slice(0, head.indexOf(":")).toLowerCase();
		const rows = state
			.all<PullRow>("select * from pulls where repository_id = ? order by number desc", repository.id)
			.filter((pull) => wanted === "all" || pull.state === wanted)
			.filter((pull) => base === undefined || pull.base_ref === base)
			.filter(
				(pull) =>
					headRef === undefined ||
					(pull.head_ref === headRef && repository.owner.toLowerCase() === headOwner),
			);
		return c.json(paginate(c, world, rows).map((pull) => showPull(world, repository, pull)));
	});

	app.post(at, async (c) => {
		const repository = openPathRepository(c, world, "pull_requests", "write");
		const body = await readBody(c, newPullBody, "PullRequest");
		const author = findActor(world, c.get("caller")).login;
		return pushLock.run(repository.id, async () => {
			const pull = await createPull(repository, body, author);
			return c.json(await showWholePull(world, repository, pull), 201);
		});
	});

	async function createPull(
		repository: RepositoryRow,
		body: z.infer<typeof newPullBody>,
		author: string,
	): Promise<PullRow> {
		const head = body.head.startsWith(`${repository.owner}:`)
			? body.head.slice(repository.owner.length + 1)
			: body.head;
		const branch = async (name: string, field: string) => {
			const sha = await resolveCommit(git, repository, `heads/${name}`);
			if (sha === null) throw invalidField("PullRequest", field);
			return sha;
		};
		const baseSha = await branch(body.base, "base");
		const headSha = await branch(head, "head");
		if ((await countCommits(git, repository, `${baseSha}..${headSha}`)) === 0) {
			throw unprocessable("PullRequest", `No commits between ${body.base} and ${head}`);
		}
		const open = state.get(
			"select 1 from pulls where repository_id = ? and head_ref = ? and base_ref = ? and state = 'open'",
			repository.id,
			head,
			body.base,
		);
		if (open !== undefined) {
			throw unprocessable("PullRequest", `A pull request already exists for ${repository.owner}:${head}.`);
		}
		const now = timestamp(world);
		const draft: PullRow = {
			id: 0,
			repository_id: repository.id,
			number: nextNumber(world, repository),
			title: body.title,
			body: body.body ?? "",
			state: "open",
			draft: Number(body.draft ?? false),
			head_ref: head,
			head_sha: headSha,
			base_ref: body.base,
			base_sha: baseSha,
			author,
			reviewers: "[]",
			created_at: now,
			updated_at: now,
			closed_at: null,
			merged_at: null,
			merged_by: null,
			merge_sha: null,
		};
		const payload = await pullWebhook(world, repository, draft, "opened", author);
		return state.transaction(() => {
			const { lastId } = state.run(
				`insert into pulls (repository_id, number, title, body, state, draft, head_ref, head_sha, base_ref, base_sha, author, created_at, updated_at)
				 values (?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?)`,
				draft.repository_id,
				draft.number,
				draft.title,
				draft.body,
				draft.draft,
				draft.head_ref,
				draft.head_sha,
				draft.base_ref,
				draft.base_sha,
				draft.author,
				draft.created_at,
				draft.updated_at,
			);
			world.deliveries.add("pull_request", payload);
			return { ...draft, id: lastId };
		});
	}

	app.get(`${at}/:number{[0-9]+}`, async (c) => {
		const { repository, pull } = openPull(c, "read");
		if (c.req.header("accept")?.includes("application/vnd.github.diff")) {
			return c.text(
				await readDiff(git, repository, await findMergeBase(world, repository, pull), pull.head_sha),
			);
		}
		return c.json(await showWholePull(world, repository, pull));
	});

	app.patch(`${at}/:number{[0-9]+}`, async (c) => {
		const { repository, pull } = openPull(c, "write");
		const body = await readBody(c, pullChangeBody, "PullRequest");
		const sender = findActor(world, c.get("caller")).login;
		if (body.state === "open" && pull.merged_at !== null) {
			throw new Refusal(422, "Validation Failed", {
				errors: [
					{
						resource: "PullRequest",
						field: "state",
						code: "invalid",
						message: "state cannot be changed. The pull request was merged.",
					},
				],
			});
		}
		if (body.base !== undefined && (await resolveCommit(git, repository, `heads/${body.base}`)) === null) {
			throw invalidField("PullRequest", "base");
		}
		const next = await pushLock.run(repository.id, () =>
			changePull(
				world,
				repository,
				pull,
				{
					...(body.title === undefined ? {} : { title: body.title }),
					...(body.body === undefined ? {} : { body: body.body ?? "" }),
					...(body.state === undefined ? {} : { state: body.state }),
					...(body.base === undefined ? {} : { base_ref: body.base }),
				},
				sender,
			),
		);
		return c.json(await showWholePull(world, repository, next));
	});

	app.get(`${at}/:number{[0-9]+}/files`, async (c) => {
		const { repository, pull } = openPull(c, "read");
		const files = paginate(c, world, await readPullFiles(world, repository, pull));
		return c.json(files.map(showChangedFile));
	});
	app.get(`${at}/:number{[0-9]+}/commits`, async (c) => {
		const { repository, pull } = openPull(c, "read");
		const commits = await readCommits(git, repository, [`${pull.base_sha}..${pull.head_sha}`]);
		return c.json(
			paginate(c, world, commits.reverse()).map((commit) => showCommit(world, repository, commit)),
		);
	});

	app.get(`${at}/:number{[0-9]+}/merge`, (c) => {
		if (openPull(c, "read").pull.merged_at === null) throw notFound();
		return c.body(null, 204);
	});
	app.put(`${at}/:number{[0-9]+}/merge`, async (c) => {
		const { repository, pull } = openPull(c, "write");
		openPathRepository(c, world, "contents", "write");
		const body = await readBody(c, mergeBody, "PullRequest");
		if (body.merge_method === "rebase") {
			throw new Refusal(405, "Rebase merges are not allowed on this repository.");
		}
		const method = body.merge_method;
		const actor = findActor(world, c.get("caller"));
		const merged = await pushLock.run(repository.id, () =>
			mergePull(world, repository, findPull(world, repository, pull.number) ?? pull, actor, {
				method,
				title: body.commit_title,
				message: body.commit_message,
				expectedHead: body.sha,
			}),
		);
		return c.json({ sha: merged.merge_sha, merged: true, message: "Pull Request successfully merged" });
	});

	return app;
}
