import { showUser } from "./actors.ts";
import { readPullFiles, showPull } from "./pulls.ts";
import { unprocessable } from "./refusal.ts";
import { webhookFrame } from "./repositories.ts";
import type { PullRow, RepositoryRow, ReviewCommentRow, ReviewRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

export interface NewReviewComment {
	path: string;
	line: number;
	diffHunk: string;
	body: string;
	inReplyTo: number | null;
}

export function showReviewComment(world: World, repository: RepositoryRow, comment: ReviewCommentRow) {
	const path = `${repository.owner}/${repository.name}`;
	return {
		id: comment.id,
		node_id: `PRRC_${comment.id}`,
		pull_request_review_id: comment.review_id,
		url: `${world.apiUrl}/repos/${path}/pulls/comments/${comment.id}`,
		html_url: `${world.url}/${path}/pull/${comment.number}#discussion_r${comment.id}`,
		user: showUser(world, comment.author),
		body: comment.body,
		path: comment.path,
		line: comment.line,
		side: "RIGHT",
		diff_hunk: comment.diff_hunk,
		commit_id: comment.sha,
		original_commit_id: comment.sha,
		...(comment.in_reply_to === null ? {} : { in_reply_to_id: comment.in_reply_to }),
		created_at: comment.created_at,
		updated_at: comment.updated_at,
	};
}

/** Finds the lines in the difference that comments are about. Only what was changed, or stands near it, has any. */
export async function placeComments(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	comments: { path: string; line: number; body: string }[],
): Promise<NewReviewComment[]> {
	if (comments.length === 0) return [];
	const files = await readPullFiles(world, repository, pull);
	return comments.map(({ path, line, body }) => {
		const patch = files.find(({ filename }) => filename === path)?.patch;
		if (!patch) throw unprocessable("PullRequestReviewComment", "pull_request_review_thread.path is invalid");
		const diffHunk = cutHunk(patch, line);
		if (diffHunk === null) {
			throw unprocessable(
				"PullRequestReviewComment",
				"pull_request_review_thread.line must be part of the diff",
			);
		}
		return { path, line, diffHunk, body, inReplyTo: null };
	});
}

/** A hunk from its head to a line of the new side. */
function cutHunk(patch: string, line: number): string | null {
	let kept: string[] = [];
	let at = 0;
	for (const text of patch.split("\n")) {
		const head = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
		if (head !== null) {
			kept = [text];
			at = Number(head[1]) - 1;
			continue;
		}
		kept.push(text);
		if (!text.startsWith("-")) at++;
		if (at === line && !text.startsWith("-")) return kept.join("\n");
	}
	return null;
}

/** Must run inside a transaction. */
export function insertReviewComment(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	review: ReviewRow,
	comment: NewReviewComment,
): ReviewCommentRow {
	const at = timestamp(world);
	const row = world.state.get<ReviewCommentRow>(
		`insert into review_comments (repository_id, number, review_id, author, body, path, line, diff_hunk, sha, in_reply_to, created_at, updated_at)
		 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *`,
		repository.id,
		pull.number,
		review.id,
		review.author,
		comment.body,
		comment.path,
		comment.line,
		comment.diffHunk,
		review.sha,
		comment.inReplyTo,
		at,
		at,
	);
	if (row === undefined) throw new Error("the comment was not inserted");
	tellReviewComment(world, repository, pull, row, "created");
	return row;
}

export function tellReviewComment(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	comment: ReviewCommentRow,
	action: "created" | "edited",
): void {
	world.deliveries.add("pull_request_review_comment", {
		action,
		comment: showReviewComment(world, repository, comment),
		pull_request: showPull(world, repository, pull),
		...webhookFrame(world, repository, comment.author),
	});
}
