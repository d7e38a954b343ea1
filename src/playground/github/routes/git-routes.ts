import { Hono } from "hono";
import { z } from "zod";
import { findActor } from "../actors.ts";
import {
	countCommits,
	isAncestor,
	isBranchName,
	readBranches,
	readCommit,
	readCommits,
	readRefs,
	resolveCommit,
	showCommit,
} from "../commits.ts";
import { readChangedFiles, readDiff, showChangedFile } from "../diff.ts";
import type { OneAtATime } from "../one-at-a-time.ts";
import { tellPushes } from "../pushes.ts";
import { notFound, Refusal } from "../refusal.ts";
import { openPathRepository, paginate, type RestEnv, readBody } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import { readEntry, readFolder } from "../tree.ts";
import type { World } from "../world.ts";

const MOST_COMPARED = 10_000;

const refBody = z.strictObject({
	ref: z.string().regex(/^refs\/[^/]+\/.+/),
	sha: z.string().regex(/^[0-9a-f]{40}$/),
});
const moveBody = z.strictObject({
	sha: z.string().regex(/^[0-9a-f]{40}$/),
	force: z.boolean().default(false),
});

/** Branches, refs, commits, comparisons and files, read out of the bare repository. */
export function createGitRoutes(world: World, pushLock: OneAtATime): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { git, state } = world;
	const at = "/repos/:owner/:repo";

	const isProtected = (repository: RepositoryRow, branch: string) =>
		state.get("select 1 from branch_rules where repository_id = ? and branch = ?", repository.id, branch) !==
		undefined;
	const shaOnly = (repository: RepositoryRow, sha: string) => ({
		sha,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/commits/${sha}`,
	});
	const showRef = (repository: RepositoryRow, ref: string, sha: string) => ({
		ref,
		node_id: `REF_${sha}`,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/git/${ref}`,
		object: { type: "commit", ...shaOnly(repository, sha) },
	});

	app.get(`${at}/branches`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const branches = paginate(c, world, await readBranches(git, repository));
		return c.json(
			branches.map(({ name, sha }) => ({
				name,
				commit: shaOnly(repository, sha),
				protected: isProtected(repository, name),
			})),
		);
	});
	app.get(`${at}/branches/:branch{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const name = c.req.param("branch");
		const branch = (await readBranches(git, repository)).find((one) => one.name === name);
		if (branch === undefined) throw new Refusal(404, "Branch not found");
		const commit = showCommit(world, repository, await readCommit(git, repository, branch.sha));
		return c.json({ name, commit, protected: isProtected(repository, name) });
	});

	app.get(`${at}/git/ref/:ref{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const name = `refs/${c.req.param("ref")}`;
		const refs = await readRefs(git, repository);
		if (refs.length === 0) throw new Refusal(409, "Git Repository is empty.");
		const found = refs.find(({ ref }) => ref === name);
		if (found === undefined) throw notFound();
		return c.json(showRef(repository, found.ref, found.sha));
	});
	app.get(`${at}/git/matching-refs/:ref{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const prefix = `refs/${c.req.param("ref")}`;
		const refs = (await readRefs(git, repository)).filter(({ ref }) => ref.startsWith(prefix));
		return c.json(paginate(c, world, refs).map(({ ref, sha }) => showRef(repository, ref, sha)));
	});
	app.post(`${at}/git/refs`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const { ref, sha } = await readBody(c, refBody, "Reference");
		if (!isBranchName(ref)) throw new Refusal(422, "Reference name is invalid");
		return pushLock.run(repository.id, async () => {
			if ((await resolveCommit(git, repository, sha)) === null)
				throw new Refusal(422, "Object does not exist");
			if ((await readRefs(git, repository)).some((one) => one.ref === ref)) {
				throw new Refusal(422, "Reference already exists");
			}
			await git.run(git.path(repository), ["update-ref", ref, sha]);
			await tellPushes(world, repository, findActor(world, c.get("caller")).login);
			return c.json(showRef(repository, ref, sha), 201);
		});
	});
	app.patch(`${at}/git/refs/:ref{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const ref = `refs/${c.req.param("ref")}`;
		const { sha, force } = await readBody(c, moveBody, "Reference");
		return pushLock.run(repository.id, async () => {
			const before = (await readRefs(git, repository)).find((one) => one.ref === ref);
			if (before === undefined) throw new Refusal(422, "Reference does not exist");
			if ((await resolveCommit(git, repository, sha)) === null)
				throw new Refusal(422, "Object does not exist");
			if (isProtected(repository, ref.replace("refs/heads/", "")))
				throw new Refusal(422, "Cannot update this protected ref.");
			if (!force && !(await isAncestor(git, repository, before.sha, sha)))
				throw new Refusal(422, "Update is not a fast forward");
			await git.run(git.path(repository), ["update-ref", ref, sha]);
			await tellPushes(world, repository, findActor(world, c.get("caller")).login);
			return c.json(showRef(repository, ref, sha));
		});
	});
	app.delete(`${at}/git/refs/:ref{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const ref = `refs/${c.req.param("ref")}`;
		return pushLock.run(repository.id, async () => {
			if (!(await readRefs(git, repository)).some((one) => one.ref === ref)) {
				throw new Refusal(422, "Reference does not exist");
			}
			if (isProtected(repository, ref.replace("refs/heads/", ""))) {
				throw new Refusal(422, "Cannot delete this protected ref.");
			}
			await git.run(git.path(repository), ["update-ref", "-d", ref]);
			await tellPushes(world, repository, findActor(world, c.get("caller")).login);
			return c.body(null, 204);
		});
	});

	app.get(`${at}/git/commits/:sha`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		if ((await resolveCommit(git, repository, c.req.param("sha"))) === null) throw notFound();
		const commit = await readCommit(git, repository, c.req.param("sha"));
		return c.json({
			sha: commit.sha,
			...showCommit(world, repository, commit).commit,
			parents: commit.parents.map((sha) => shaOnly(repository, sha)),
		});
	});
	app.get(`${at}/commits`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const ref = c.req.query("sha") ?? repository.default_branch;
		const sha = await resolveCommit(git, repository, ref);
		if (sha === null) throw notFound();
		const commits = await readCommits(git, repository, [sha], 1000);
		return c.json(paginate(c, world, commits).map((commit) => showCommit(world, repository, commit)));
	});
	app.get(`${at}/commits/:ref{.+}`, async (c, next) => {
		const ref = c.req.param("ref");
		// Longer paths of a commit belong to its checks.
		if (/\/(check-runs|statuses|status|check-suites)$/.test(ref)) return next();
		const repository = openPathRepository(c, world, "contents", "read");
		const commit = await readCommit(git, repository, ref);
		const parent = commit.parents[0];
		const files = parent === undefined ? [] : await readChangedFiles(git, repository, parent, commit.sha);
		return c.json({
			...showCommit(world, repository, commit),
			stats: sumUp(files),
			files: files.map(showChangedFile),
		});
	});

	app.get(`${at}/compare/:range{.+}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const [base = "", head = ""] = c.req.param("range").split("...");
		const withoutOwner = (ref: string) => ref.replace(`${repository.owner}:`, "");
		const from = await resolveCommit(git, repository, withoutOwner(base));
		const to = await resolveCommit(git, repository, withoutOwner(head));
		if (from === null || to === null) throw notFound();
		const mergeBase = (await git.run(git.path(repository), ["merge-base", from, to])).trim();
		if (c.req.header("accept")?.includes("application/vnd.github.diff")) {
			return c.text(await readDiff(git, repository, mergeBase, to));
		}
		const [ahead, behind, commits, files] = await Promise.all([
			countCommits(git, repository, `${from}..${to}`),
			countCommits(git, repository, `${to}..${from}`),
			readCommits(git, repository, [`${from}..${to}`], MOST_COMPARED),
			readChangedFiles(git, repository, mergeBase, to),
		]);
		const isPaged = c.req.query("page") !== undefined || c.req.query("per_page") !== undefined;
		const oldestFirst = commits.reverse();
		const shown = isPaged ? paginate(c, world, oldestFirst) : oldestFirst.slice(0, 250);
		return c.json({
			status: ahead === 0 ? (behind === 0 ? "identical" : "behind") : behind === 0 ? "ahead" : "diverged",
			ahead_by: ahead,
			behind_by: behind,
			total_commits: ahead,
			base_commit: showCommit(world, repository, await readCommit(git, repository, from)),
			merge_base_commit: showCommit(world, repository, await readCommit(git, repository, mergeBase)),
			commits: shown.map((commit) => showCommit(world, repository, commit)),
			// Later pages of commits have none.
			...((c.req.query("page") ?? "1") === "1" ? { files: files.map(showChangedFile) } : {}),
		});
	});

	app.get(`${at}/contents/:path{.*}`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const path = c.req.param("path").replace(/\/+$/, "");
		const sha = await resolveCommit(git, repository, c.req.query("ref") ?? repository.default_branch);
		if (sha === null) throw notFound();
		const entry = await readEntry(git, repository, sha, path);
		if (entry.kind === "missing") throw notFound();
		if (entry.kind === "folder") {
			const children = await readFolder(git, repository, sha, path);
			return c.json(children.map((child) => ({ ...child, type: child.kind === "folder" ? "dir" : "file" })));
		}
		if (c.req.header("accept")?.includes("application/vnd.github.raw")) return c.text(entry.text);
		return c.json({
			type: "file",
			name: path.split("/").at(-1),
			path,
			sha: entry.sha,
			size: entry.sizeBytes,
			encoding: "base64",
			content: Buffer.from(entry.text).toString("base64"),
		});
	});

	return app;
}

function sumUp(files: { additions: number; deletions: number }[]) {
	const additions = files.reduce((sum, file) => sum + file.additions, 0);
	const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
	return { additions, deletions, total: additions + deletions };
}
