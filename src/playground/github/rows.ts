export interface PersonRow {
	id: number;
	login: string;
	name: string;
	email: string;
	token: string;
}

export interface RepositoryRow {
	id: number;
	installation_id: number;
	owner: string;
	name: string;
	description: string;
	topics: string;
	languages: string;
	default_branch: string;
	private: number;
	archived: number;
	folder: string | null;
	created_at: string;
}

export interface PullRow {
	id: number;
	repository_id: number;
	number: number;
	title: string;
	body: string;
	state: "open" | "closed";
	draft: number;
	head_ref: string;
	head_sha: string;
	base_ref: string;
	base_sha: string;
	author: string;
	reviewers: string;
	created_at: string;
	updated_at: string;
	closed_at: string | null;
	merged_at: string | null;
	merged_by: string | null;
	merge_sha: string | null;
}

export interface BranchRuleRow {
	repository_id: number;
	branch: string;
	required_checks: string;
	required_approvals: number;
}

export interface ReviewRow {
	id: number;
	number: number;
	author: string;
	state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
	body: string;
	sha: string;
	submitted_at: string;
}

export interface CommentRow {
	id: number;
	repository_id: number;
	number: number;
	author: string;
	body: string;
	created_at: string;
	updated_at: string;
}

export interface CheckRunRow {
	id: number;
	repository_id: number;
	sha: string;
	name: string;
	status: "queued" | "in_progress" | "completed";
	conclusion: string | null;
	title: string | null;
	summary: string | null;
	text: string | null;
	details_url: string | null;
	external_id: string | null;
	started_at: string;
	completed_at: string | null;
}

export interface StatusRow {
	id: number;
	sha: string;
	context: string;
	state: "error" | "failure" | "pending" | "success";
	description: string | null;
	target_url: string | null;
	creator: string;
	created_at: string;
}

export interface IssueRow {
	repository_id: number;
	number: number;
	title: string;
	body: string;
	state: "open" | "closed";
	author: string;
	created_at: string;
}

export interface ReviewCommentRow {
	id: number;
	repository_id: number;
	number: number;
	review_id: number;
	author: string;
	body: string;
	path: string;
	line: number;
	diff_hunk: string;
	sha: string;
	in_reply_to: number | null;
	created_at: string;
	updated_at: string;
}
