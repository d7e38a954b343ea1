import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { git, pushBranch, type RunningGithub, withToken, writeFiles } from "./playground-github.ts";
import { createPullRequestRows } from "./pull-request-rows.ts";
import type { Core } from "./sessions.ts";

export interface PlayedJob {
	name: string;
	conclusion: "success" | "failure" | "cancelled" | null;
	log?: string;
	on_rerun?: "success" | "failure" | null;
	annotations?: { path: string; line: number; message: string }[];
}

const SHOP = { owner: "acme", name: "shop" };

/** Pull requests of sessions at the playground's GitHub, and what checks say of their commits. */
export async function createCheckedPulls(core: Core, hub: RunningGithub, folder: string) {
	const { db } = core.database;
	const rows = createPullRequestRows(db);
	const facts = (await hub.github.listRepositories()).find(({ name }) => name === SHOP.name);
	const repositoryId = await rows.repository({
		...SHOP,
		installation_id: facts?.installationId ?? 0,
		github_id: facts?.githubId ?? 0,
	});
	const url = withToken(hub.github.gitUrl(SHOP), "ghp_mia");

	async function call<Answer>(path: string, body: unknown, token = "ghp_mia"): Promise<Answer> {
		const response = await fetch(`${hub.playground.connection.apiUrl}${path}`, {
			method: "POST",
			headers: { authorization: `Bearer ${token}` },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return (response.status === 204 ? null : await response.json()) as Answer;
	}

	async function notePush(of: { sessionId: string; branch: string }, promptId: string, sha: string) {
		const values = { id: randomUUID(), session_id: of.sessionId, prompt_id: promptId, sha };
		await db
			.insertInto("pushes")
			.values({ ...values, repository_id: repositoryId, branch: of.branch, before_sha: null })
			.execute();
	}

	return {
		rows,
		repositoryId,
		/** A session with an open pull request, whose head a turn of `author` pushed. */
		async open(
			author: string,
			files: Record<string, string> = { "src/cart.ts": "export const total = 2;\n" },
		) {
			const sessionId = await rows.session(repositoryId, { base_branch: "main" });
			const branch = `bobbin/${sessionId.slice(0, 8)}-fix`;
			await db.updateTable("sessions").set({ branch }).where("id", "=", sessionId).execute();
			const promptId = await rows.prompt(sessionId, author);
			const clone = join(folder, sessionId);
			const head = await pushBranch({ url, folder: clone, branch, files });
			await notePush({ sessionId, branch }, promptId, head);
			const pull = await hub.github.createPullRequest({
				...{ ...SHOP, branch, base: "main", title: "t", body: "", draft: false },
			});
			const id = await rows.pullRequest({ sessionId, repositoryId }, { number: pull.number, branch });
			return { id, sessionId, number: pull.number, branch, head, promptId, clone };
		},
		/** A commit on a pull request's branch; `promptId` null: somebody's who is not Bobbin. */
		async push(
			pull: { sessionId: string; branch: string; clone: string },
			promptId: string | null,
			files: Record<string, string>,
		): Promise<string> {
			await writeFiles(pull.clone, files);
			await git(pull.clone, "add", "--all");
			await git(pull.clone, "commit", "--quiet", "-m", "More");
			await git(pull.clone, "push", "--quiet", "origin", pull.branch);
			const sha = await git(pull.clone, "rev-parse", "HEAD");
			if (promptId !== null) await notePush(pull, promptId, sha);
			return sha;
		},
		async play(ref: string, jobs: PlayedJob[]): Promise<{ id: number; name: string }[]> {
			return (
				await call<{ jobs: { id: number; name: string }[] }>("/playground/checks", { ...SHOP, ref, jobs })
			).jobs;
		},
		end: (id: number, conclusion: "success" | "failure") =>
			call(`/playground/checks/${id}`, { ...SHOP, conclusion }),
		call,
	};
}

export type CheckedPulls = Awaited<ReturnType<typeof createCheckedPulls>>;
export type CheckedPull = Awaited<ReturnType<CheckedPulls["open"]>>;
