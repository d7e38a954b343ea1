import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { findRepository, openRepository } from "./access.ts";
import { findActorByLogin } from "./actors.ts";
import { readBranches, readCommit, readCommits, resolveCommit } from "./commits.ts";
import { readChangedFiles, readDiff } from "./diff.ts";
import { findBarrier } from "./merge-barrier.ts";
import { mergePull } from "./merge-pull.ts";
import { checkMerge } from "./merging.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import { drawFiles } from "./pages/diff-view.ts";
import { drawPage, drawTime } from "./pages/layout.ts";
import { drawPull } from "./pages/pull-page.ts";
import { drawRepositories, drawRepository } from "./pages/repository-pages.ts";
import { STYLE } from "./pages/style.ts";
import { changePull, findMergeBase, findPull, readPullFiles } from "./pulls.ts";
import { notFound, Refusal } from "./refusal.ts";
import { dismissReview, submitReview } from "./reviews.ts";
import type { CheckRunRow, CommentRow, PersonRow, PullRow, RepositoryRow, ReviewRow } from "./rows.ts";
import { readBytes, readEntry, readFolder } from "./tree.ts";
import { playWorkflow } from "./workflow-runs.ts";
import type { World } from "./world.ts";

const PICTURES: Record<string, string> = {
	png: "image/png",
	jpg: "image/jpeg",
	gif: "image/gif",
	webp: "image/webp",
};

/** What a person sees: repositories, pull requests, and the buttons that merge or close them. */
export function createPageRoutes(world: World, pushLock: OneAtATime): Hono {
	const app = new Hono();
	const { state, git } = world;
	const base = new URL(world.url).pathname;

	const people = () => state.all<PersonRow>("select * from people order by id");

	function openPath(c: Context): RepositoryRow {
		const { owner = "", repo = "" } = c.req.param();
		const repository = findRepository(world, owner, repo);
		if (repository === undefined) throw notFound();
		return repository;
	}

	function openPull(c: Context): { repository: RepositoryRow; pull: PullRow } {
		const repository = openPath(c);
		const pull = findPull(world, repository, Number(c.req.param("number")));
		if (pull === undefined) throw notFound();
		return { repository, pull };
	}

	app.get("/style.css", (c) => c.text(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
	app.get("/avatars/:file", (c) => {
		const letter = c.req.param("file").replace(/\W/g, "").slice(0, 1).toUpperCase();
		return c.body(
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" fill="#54aeff"/><text x="10" y="14" font-size="11" font-family="sans-serif" text-anchor="middle" fill="#fff">${letter}</text></svg>`,
			200,
			{ "content-type": "image/svg+xml" },
		);
	});

	app.get("/", (c) => {
		const counts = state.all<{ id: number; n: number }>(
			"select repository_id as id, count(*) as n from pulls where state = 'open' group by 1",
		);
		const repositories = state.all<RepositoryRow>("select * from repositories order by owner, name");
		const open = new Map(counts.map(({ id, n }) => [id, n]));
		return c.html(drawPage(base, "Repositories", drawRepositories(base, repositories, open)));
	});

	app.get("/:owner/:repo", async (c) => {
		const repository = openPath(c);
		const ref = c.req.query("ref") ?? repository.default_branch;
		const path = (c.req.query("path") ?? "").replace(/^\/+|\/+$/g, "");
		const sha = await resolveCommit(git, repository, ref);
		if (sha === null) throw notFound();
		const entry = await readEntry(git, repository, sha, path);
		if (entry.kind === "missing") throw notFound();
		const children = entry.kind === "folder" ? await readFolder(git, repository, sha, path) : [];
		const found = children.find(({ name }) => name.toLowerCase() === "readme.md");
		const readme = found === undefined ? null : await readEntry(git, repository, sha, found.path);
		const page = drawRepository({
			base,
			url: world.url,
			nowMs: world.now(),
			repository,
			branches: await readBranches(git, repository),
			pulls: state.all<PullRow>(
				"select * from pulls where repository_id = ? order by number desc",
				repository.id,
			),
			ref,
			path,
			entry,
			children,
			readme: readme?.kind === "file" ? readme.text : null,
		});
		return c.html(drawPage(base, `${repository.owner}/${repository.name}`, page));
	});

	app.get("/:owner/:repo/blob/:sha{[0-9a-f]+}/:path{.+}", async (c) => {
		const repository = openPath(c);
		const { sha, path } = c.req.param();
		if (c.req.query("raw") !== "true")
			return c.redirect(
				`${base}/${repository.owner}/${repository.name}?${new URLSearchParams({ ref: sha, path })}`,
			);
		const bytes = await readBytes(git, repository, sha, path);
		if (bytes === null) throw notFound();
		return c.body(Uint8Array.from(bytes), 200, {
			"content-type": PICTURES[path.split(".").at(-1) ?? ""] ?? "text/plain; charset=utf-8",
			"x-content-type-options": "nosniff",
			"content-security-policy": "sandbox; default-src 'none'",
		});
	});

	app.get("/:owner/:repo/commit/:sha", async (c) => {
		const repository = openPath(c);
		const commit = await readCommit(git, repository, c.req.param("sha"));
		const [parent] = commit.parents;
		const files = parent === undefined ? [] : await readChangedFiles(git, repository, parent, commit.sha);
		const page = html`<p><a href="${base}/${repository.owner}/${repository.name}">${repository.owner}/${repository.name}</a></p>
<h1>${commit.message.split("\n")[0]}</h1>
<p class="quiet">${commit.author.name} &lt;${commit.author.email}&gt; · ${drawTime(commit.author.date, world.now())} · <code>${commit.sha}</code></p>
<pre class="blob">${commit.message}</pre>${drawFiles(files)}`;
		return c.html(drawPage(base, commit.sha.slice(0, 7), page));
	});

	app.get("/:owner/:repo/pull/:file{[0-9]+\\.diff}", async (c) => {
		const repository = openPath(c);
		const pull = findPull(world, repository, Number.parseInt(c.req.param("file"), 10));
		if (pull === undefined) throw notFound();
		return c.text(
			await readDiff(git, repository, await findMergeBase(world, repository, pull), pull.head_sha),
		);
	});

	app.get("/:owner/:repo/pull/:number{[0-9]+}", async (c) => {
		const { repository, pull } = openPull(c);
		const ofPull = [repository.id, pull.number] as const;
		const page = drawPull({
			base,
			nowMs: world.now(),
			repository,
			pull,
			commits: (await readCommits(git, repository, [`${pull.base_sha}..${pull.head_sha}`])).reverse(),
			files: await readPullFiles(world, repository, pull),
			checks: state.all<CheckRunRow>(
				"select * from check_runs where repository_id = ? and sha = ? order by id",
				repository.id,
				pull.head_sha,
			),
			reviews: state.all<ReviewRow>(
				"select * from reviews where repository_id = ? and number = ? order by id",
				...ofPull,
			),
			comments: state.all<CommentRow>(
				"select * from comments where repository_id = ? and number = ? order by id",
				...ofPull,
			),
			people: people(),
			barrier: await explainBarrier(repository, pull),
			notice: c.req.query("notice") ?? null,
		});
		return c.html(drawPage(base, `${pull.title} #${pull.number}`, page));
	});

	async function explainBarrier(repository: RepositoryRow, pull: PullRow): Promise<string | null> {
		if (pull.state !== "open") return null;
		if (pull.draft === 1) return "It is still a draft.";
		const merge = await checkMerge(git, repository, pull.base_sha, pull.head_sha);
		if (merge.outcome === "conflict") return "It conflicts with its base.";
		return findBarrier(world, repository, pull);
	}

	app.post("/:owner/:repo/pull/:number{[0-9]+}/check", async (c) => {
		const { repository, pull } = openPull(c);
		const form = await c.req.formData();
		const isPassed = form.get("conclusion") === "success";
		const name = String(form.get("name") ?? "").trim() || "test";
		playWorkflow(world, repository, pull.head_sha, [
			{
				name,
				conclusion: isPassed ? "success" : "failure",
				log: `${String(form.get("log") ?? "")}\n##[error]Process completed with exit code ${isPassed ? 0 : 1}.\n`,
				onRerun: isPassed || form.get("conclusion") === "flaky" ? "success" : "failure",
				annotations: [],
			},
		]);
		return c.redirect(`${base}/${repository.owner}/${repository.name}/pull/${pull.number}`, 303);
	});

	app.post(
		"/:owner/:repo/pull/:number{[0-9]+}/:action{merge|close|reopen|approve|review|dismiss}",
		async (c) => {
			const { repository } = openPull(c);
			const form = await c.req.formData();
			const login = String(form.get("as"));
			if (!people().some((person) => person.login === login)) throw notFound();
			const action = c.req.param("action");
			const home = `${base}/${repository.owner}/${repository.name}/pull/${c.req.param("number")}`;
			try {
				// The same rights as over REST: a reader may review but not merge.
				const level = action === "approve" || action === "review" ? "read" : "write";
				const caller = { kind: "user", login, throughApp: false } as const;
				openRepository(world, caller, repository, "pull_requests", level);
				await pushLock.run(repository.id, async () => {
					const { pull } = openPull(c);
					if (action === "merge") {
						const method = form.get("method") === "squash" ? "squash" : "merge";
						await mergePull(world, repository, pull, findActorByLogin(world, login), { method });
					} else if (action === "review") {
						const event = form.get("event") === "REQUEST_CHANGES" ? "REQUEST_CHANGES" : "COMMENT";
						const body = String(form.get("body") ?? "").trim();
						submitReview(world, repository, pull, { author: login, event, body });
					} else if (action === "approve") {
						submitReview(world, repository, pull, { author: login, event: "APPROVE" });
					} else if (action === "dismiss") {
						const reviewId = Number(form.get("review"));
						dismissReview(world, repository, pull, { reviewId, by: login });
					} else {
						await changePull(
							world,
							repository,
							pull,
							{ state: action === "close" ? "closed" : "open" },
							login,
						);
					}
				});
			} catch (error) {
				if (!(error instanceof Refusal)) throw error;
				return c.redirect(`${home}?notice=${encodeURIComponent(error.sentence)}`, 303);
			}
			return c.redirect(home, 303);
		},
	);

	// A mounted app has no path that ends in a slash; people write one all the same.
	app.get("/*", (c) => {
		if (!c.req.path.endsWith("/")) throw notFound();
		return c.redirect(c.req.path.replace(/\/+$/, ""), 308);
	});

	return app;
}

/** A refusal as a page. */
export function drawRefusal(base: string, refusal: Refusal) {
	return drawPage(base, refusal.message, html`<h1>${refusal.message}</h1>`);
}
