import { Hono } from "hono";
import { z } from "zod";
import { findActor } from "../actors.ts";
import { GitError } from "../git.ts";
import { Refusal } from "../refusal.ts";
import { openPathRepository, type RestEnv, readBody } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import type { World } from "../world.ts";

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const blobBody = z.strictObject({
	content: z.string(),
	encoding: z.enum(["utf-8", "base64"]).default("utf-8"),
});
/** Of files in one folder; GitHub takes paths with slashes, too. */
const treeBody = z.strictObject({
	tree: z
		.array(
			z.strictObject({
				path: z.string().regex(/^(?!\.{1,2}$)[^/\0\n\t]+$/),
				mode: z.enum(["100644", "100755"]),
				type: z.literal("blob"),
				sha,
			}),
		)
		.min(1),
});
const commitBody = z.strictObject({
	message: z.string().min(1),
	tree: sha,
	parents: z.array(sha).default([]),
});

/** Makes blobs, trees and commits that no ref needs to have. */
export function createGitDatabaseRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { git } = world;
	const at = "/repos/:owner/:repo/git";

	async function need(repository: RepositoryRow, type: "blob" | "tree" | "commit", ids: string[]) {
		for (const id of ids) {
			const found = await git.run(git.path(repository), ["cat-file", "-t", id]).catch((error: unknown) => {
				if (error instanceof GitError) return "";
				throw error;
			});
			if (found.trim() !== type) throw new Refusal(422, `${type} ${id} does not exist`);
		}
	}
	const show = (repository: RepositoryRow, kind: string, id: string) => ({
		sha: id,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/git/${kind}/${id}`,
	});

	app.post(`${at}/blobs`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const { content, encoding } = await readBody(c, blobBody, "Blob");
		const input = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
		const id = await git.run(git.path(repository), ["hash-object", "-w", "--stdin"], { input });
		return c.json(show(repository, "blobs", id.trim()), 201);
	});

	app.post(`${at}/trees`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const { tree } = await readBody(c, treeBody, "Tree");
		await need(
			repository,
			"blob",
			tree.map((entry) => entry.sha),
		);
		const input = tree.map((entry) => `${entry.mode} ${entry.type} ${entry.sha}\t${entry.path}\n`).join("");
		const id = (await git.run(git.path(repository), ["mktree"], { input })).trim();
		return c.json({ ...show(repository, "trees", id), tree, truncated: false }, 201);
	});

	app.post(`${at}/commits`, async (c) => {
		const repository = openPathRepository(c, world, "contents", "write");
		const { message, tree, parents } = await readBody(c, commitBody, "Commit");
		await need(repository, "tree", [tree]);
		await need(repository, "commit", parents);
		const { login } = findActor(world, c.get("caller"));
		const who = { NAME: login, EMAIL: `${login}@users.noreply.github.com` };
		const env = Object.fromEntries(
			["AUTHOR", "COMMITTER"].flatMap((role) =>
				Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
			),
		);
		const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
		const id = (await git.run(git.path(repository), args, { input: message, env })).trim();
		return c.json(
			{
				...show(repository, "commits", id),
				message,
				tree: show(repository, "trees", tree),
				parents: parents.map((parent) => show(repository, "commits", parent)),
			},
			201,
		);
	});

	return app;
}
