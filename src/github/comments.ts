import type { Octokit } from "@octokit/core";
import { z } from "zod";
import type { AskAsApp, Permissions } from "./ask-as-app.ts";
import type {
	AnswerPlace,
	CommentAuthor,
	CommentFacts,
	CommentKind,
	LineComment,
	RepositoryAddress,
	SubjectFacts,
} from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const PAGE = 100;
/** GitHub's limit of a comment. */
const LONGEST_BODY = 65_536;

const READ: Permissions = { issues: "read", pull_requests: "read", contents: "read" };
const WRITE: Permissions = { issues: "write", pull_requests: "write" };

/** Reads and answers comments of issues and pull requests as the App. */
export function createComments(deps: {
	/** As the App itself. */
	app: Octokit;
	ask: AskAsApp;
}) {
	const { ask } = deps;
	let slug: Promise<string> | null = null;

	/** The name by which the App is mentioned. It is asked for once. */
	function readAppSlug(): Promise<string> {
		slug ??= askGithub("reading what the App is called", async () => {
			const { data } = await deps.app.request("GET /app");
			return z.object({ slug: z.string() }).parse(data).slug;
		});
		slug.catch(() => {
			slug = null;
		});
		return slug;
	}

	/**
	 * Null: it was deleted, or nobody wrote it whose account is still there.
	 *
	 * @throws AppError `repository_not_found` where what it was written at is not found either
	 */
	async function read(
		input: RepositoryAddress & { number: number; kind: CommentKind; commentId: number },
	): Promise<CommentFacts | null> {
		try {
			return await ask("reading a comment", input, READ, (octokit, path) => readAs(octokit, path, input));
		} catch (error) {
			if (readStatus(error) === 404 && (await readSubject(input)) !== null) return null;
			throw error;
		}
	}

	async function readSubject(input: RepositoryAddress & { number: number }): Promise<SubjectFacts | null> {
		try {
			return await ask("reading an issue", input, READ, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}", {
					...path,
					issue_number: input.number,
				});
				const { title, body, pull_request } = issue.parse(data);
				return { kind: pull_request ? "pull_request" : "issue", title, body: body ?? "" };
			});
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	/** Null: there is no such branch. */
	async function isBranchProtected(input: RepositoryAddress & { branch: string }): Promise<boolean | null> {
		try {
			return await ask("reading a branch", input, READ, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/branches/{branch}", {
					...path,
					branch: input.branch,
				});
				return data.protected;
			});
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	/** Signs that it was seen. Once more changes nothing. */
	async function react(
		input: RepositoryAddress & { kind: Exclude<CommentKind, "review">; commentId: number },
	): Promise<void> {
		await ask("a reaction", input, WRITE, (octokit, path) => {
			const { kind, commentId } = input;
			const at = { ...path, content: "eyes" as const, comment_id: commentId };
			switch (kind) {
				case "description": {
					const of = { ...path, content: at.content, issue_number: commentId };
					return octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/reactions", of);
				}
				case "issue_comment":
					return octokit.request("POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", at);
				case "review_comment":
					return octokit.request("POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions", at);
				default:
					return kind satisfies never;
			}
		});
	}

	/** The comment that holds this mark, written since then; null: there is none. */
	async function find(
		input: RepositoryAddress & { number: number; place: AnswerPlace; mark: string; sinceMs: number },
	): Promise<number | null> {
		const since = new Date(input.sinceMs).toISOString();
		for (let page = 1; ; page++) {
			const found = await ask("looking for a comment", input, READ, async (octokit, path) => {
				const of = { ...path, since, per_page: PAGE, page };
				const { data } =
					input.place.kind === "thread"
						? await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/comments", {
								...of,
								pull_number: input.number,
							})
						: await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
								...of,
								issue_number: input.number,
							});
				return z.array(posted).parse(data);
			});
			const own = found.find(({ user, body }) => user?.type === "Bot" && body?.includes(input.mark));
			if (own) return own.id;
			if (found.length < PAGE) return null;
		}
	}

	/**
	 * Writes a comment, or an answer at a line. After `github_unavailable` it may be there all the same.
	 *
	 * @throws AppError `repository_not_found` also where what was to be answered is gone
	 */
	async function post(
		input: RepositoryAddress & { number: number; place: AnswerPlace; body: string },
	): Promise<number> {
		const { number, place } = input;
		const body = input.body.slice(0, LONGEST_BODY);
		return ask("writing a comment", input, WRITE, async (octokit, path) => {
			const { data } =
				place.kind === "thread"
					? await octokit.request(
							"POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies",
							{ ...path, pull_number: number, comment_id: place.commentId, body },
						)
					: await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
							...path,
							issue_number: number,
							body,
						});
			return Number(data.id);
		});
	}

	return { readAppSlug, read, readSubject, isBranchProtected, react, find, post };
}

async function readAs(
	octokit: Octokit,
	path: { owner: string; repo: string },
	{ number, kind, commentId }: { number: number; kind: CommentKind; commentId: number },
): Promise<CommentFacts | null> {
	const at = { ...path, comment_id: commentId };
	switch (kind) {
		case "description": {
			const of = { ...path, issue_number: commentId };
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}", of);
			return toFacts(posted.parse(data));
		}
		case "issue_comment": {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/issues/comments/{comment_id}", at);
			return toFacts(posted.parse(data));
		}
		case "review_comment": {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/comments/{comment_id}", at);
			const { user, html_url } = posted.parse(data);
			const lines = [toLine(lineComment.parse(data))];
			return user && { author: toAuthor(user), body: "", state: null, url: html_url, lines };
		}
		case "review": {
			const of = { ...path, pull_number: number, review_id: commentId };
			const { data } = await octokit.request(
				"GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}",
				of,
			);
			const { user, body, html_url, state } = review.parse(data);
			const lines: LineComment[] = [];
			for (let page = 1; ; page++) {
				const { data: found } = await octokit.request(
					"GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments",
					{ ...of, per_page: PAGE, page },
				);
				lines.push(...z.array(lineComment).parse(found).map(toLine));
				if (found.length < PAGE) break;
			}
			return user && { author: toAuthor(user), body: body ?? "", state, url: html_url, lines };
		}
		default:
			return kind satisfies never;
	}
}

const account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });

const posted = z.object({
	id: z.number().int(),
	user: account.nullable(),
	body: z.string().nullish(),
	html_url: z.string(),
});

const review = posted.extend({ state: z.string() });

const issue = z.object({
	title: z.string(),
	body: z.string().nullish(),
	pull_request: z.object({}).nullish(),
});

const lineComment = z.object({
	id: z.number().int(),
	path: z.string(),
	/** Null: the line is not in the difference any more. */
	line: z.number().int().nullish(),
	original_line: z.number().int().nullish(),
	diff_hunk: z.string().default(""),
	body: z.string().nullish(),
	in_reply_to_id: z.number().int().nullish(),
});

function toLine(row: z.infer<typeof lineComment>): LineComment {
	return {
		id: row.id,
		path: row.path,
		line: row.line ?? row.original_line ?? null,
		hunk: row.diff_hunk,
		body: row.body ?? "",
		threadId: row.in_reply_to_id ?? row.id,
	};
}

function toFacts({ user, body, html_url }: z.infer<typeof posted>): CommentFacts | null {
	return user && { author: toAuthor(user), body: body ?? "", state: null, url: html_url, lines: [] };
}

function toAuthor({ id, login, type }: z.infer<typeof account>): CommentAuthor {
	return { githubId: id, login, isBot: type !== "User" };
}
