import type { Octokit } from "@octokit/core";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { askGithub, readStatus } from "./github-error.ts";

const LEFT_AT_LEAST_MS = 5 * 60_000;

interface Question {
	owner: string;
	name: string;
	installationId: number;
	/** The account's number, which never changes, and what it was called last. */
	githubId: number;
	login: string;
}

export type PermissionAnswer =
	/** `login`: what the account is called now. */
	| { outcome: "answered"; permission: "none" | "read" | "write" | "admin"; login: string }
	| { outcome: "no_account" }
	/** Gone, or denied to the App. */
	| { outcome: "no_repository" };

/** Roles between these four are told as the lower one. Source: REST, "Get repository permissions for a user". */
const answer = z.object({
	permission: z.enum(["none", "read", "write", "admin"]),
	user: z.object({ id: z.number().int(), login: z.string() }).nullish(),
});

/**
 * Asks as the App what an account may do in a repository. Its token may read metadata of the whole installation and
 * nothing else; it never leaves this file. A login may be another account's by now, so the number decides.
 *
 * @throws AppError `github_unavailable`, `rate_limited`, `forbidden` (the installation may be suspended)
 */
export function createReadPermission(deps: {
	app: Octokit;
	clientWith(token: string): Octokit;
	now: () => number;
}) {
	const tokens = new Map<number, Promise<{ token: string; expiresAtMs: number }>>();
	/** Installations of which GitHub wants to be asked nothing. Who goes on asking is left out for longer. */
	const limits = new Map<number, { untilMs: number; error: AppError }>();

	async function clientOf(installationId: number): Promise<Octokit> {
		const kept = tokens.get(installationId);
		const token = await kept;
		if (token !== undefined && token.expiresAtMs - deps.now() > LEFT_AT_LEAST_MS)
			return deps.clientWith(token.token);
		// Somebody else who waited may have begun to make the next one.
		const next = tokens.get(installationId);
		const { token: made } = await (next === undefined || next === kept ? make(installationId) : next);
		return deps.clientWith(made);
	}

	function make(installationId: number) {
		const made = askGithub("a token to ask for permissions", async () => {
			const { data } = await deps.app.request("POST /app/installations/{installation_id}/access_tokens", {
				installation_id: installationId,
				permissions: { metadata: "read" },
			});
			return { token: data.token, expiresAtMs: Date.parse(data.expires_at) };
		});
		tokens.set(installationId, made);
		made.catch(() => {
			if (tokens.get(installationId) === made) tokens.delete(installationId);
		});
		return made;
	}

	/** Null: 404, of the account or of the repository. */
	async function askFor(client: Octokit, { owner, name }: Question, login: string) {
		try {
			const { data } = await askGithub(`reading who may use ${owner}/${name}`, () =>
				client.request("GET /repos/{owner}/{repo}/collaborators/{username}/permission", {
					owner,
					repo: name,
					username: login,
				}),
			);
			return answer.parse(data);
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	/** What an account is called now; null: there is none any more. */
	async function readLogin(client: Octokit, githubId: number): Promise<string | null> {
		try {
			const { data } = await askGithub("reading an account", () =>
				client.request("GET /user/{account_id}", { account_id: githubId }),
			);
			return data.login;
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	async function read(question: Question): Promise<PermissionAnswer> {
		const { githubId, login } = question;
		const client = await clientOf(question.installationId);
		const first = await askFor(client, question, login);
		if (first?.user?.id === githubId) return { outcome: "answered", permission: first.permission, login };
		const current = await readLogin(client, githubId);
		if (current === null) return { outcome: "no_account" };
		const second = current === login ? first : await askFor(client, question, current);
		if (second === null) return { outcome: "no_repository" };
		if (second.user && second.user.id !== githubId)
			throw new AppError("github_unavailable", "GitHub answered for another account. Ask again.", {
				retryable: true,
			});
		return { outcome: "answered", permission: second.permission, login: current };
	}

	return async (question: Question): Promise<PermissionAnswer> => {
		const { installationId } = question;
		const limit = limits.get(installationId);
		if (limit !== undefined && deps.now() < limit.untilMs) throw limit.error;
		try {
			return await read(question);
		} catch (error) {
			if (error instanceof AppError && error.retryAfterMs !== undefined) {
				limits.set(installationId, { untilMs: deps.now() + error.retryAfterMs, error });
				throw error;
			}
			const status = readStatus(error);
			// A token that was taken back, or an installation that is another now.
			if (status === 401 || status === 403 || status === 404) tokens.delete(installationId);
			if (status === 404) return { outcome: "no_repository" };
			throw error;
		}
	};
}
