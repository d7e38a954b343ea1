import { html } from "hono/html";
import type { Commit } from "../commits.ts";
import type { ChangedFile } from "../diff.ts";
import type { CheckRunRow, CommentRow, PersonRow, PullRow, RepositoryRow, ReviewRow } from "../rows.ts";
import { drawFiles } from "./diff-view.ts";
import { drawTime, type Html } from "./layout.ts";
import { drawMarkdown } from "./markdown.ts";

interface PullPage {
	base: string;
	nowMs: number;
	repository: RepositoryRow;
	pull: PullRow;
	commits: Commit[];
	files: ChangedFile[];
	checks: CheckRunRow[];
	reviews: ReviewRow[];
	comments: CommentRow[];
	people: PersonRow[];
	/** Why it cannot be merged now, or null. */
	barrier: string | null;
	notice: string | null;
}

/** A pull request: what it says, what it changes, what was checked, and the buttons of a human. */
export function drawPull(page: PullPage): Html {
	const { base, repository, pull, nowMs } = page;
	const home = `${base}/${repository.owner}/${repository.name}`;
	const state =
		pull.merged_at !== null
			? "merged"
			: pull.state === "closed"
				? "closed"
				: pull.draft === 1
					? "draft"
					: "open";
	const face = (login: string) =>
		html`<img class="face" alt="" src="${base}/avatars/${encodeURIComponent(login)}.svg"><strong>${login}</strong>`;
	const additions = page.files.reduce((sum, file) => sum + file.additions, 0);
	const deletions = page.files.reduce((sum, file) => sum + file.deletions, 0);
	return html`
<p><a href="${home}">${repository.owner}/${repository.name}</a></p>
<h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p><span class="state ${state}">${state}</span> ${face(pull.author)} wants to merge ${page.commits.length} commit${page.commits.length === 1 ? "" : "s"}
into <code>${pull.base_ref}</code> from <code>${pull.head_ref}</code> · ${drawTime(pull.created_at, nowMs)}
· <span class="plus">+${additions}</span> <span class="minus">−${deletions}</span></p>
${page.notice === null ? "" : html`<p class="notice">${page.notice}</p>`}
<div class="box"><div class="head">${face(pull.author)}</div><div class="body">${pull.body === "" ? html`<p class="quiet">No description.</p>` : drawMarkdown(pull.body)}</div></div>
${page.reviews.map(
	(review) =>
		html`<div class="box"><div class="head">${face(review.author)} <span class="tag">${review.state.toLowerCase().replace("_", " ")}</span> ${drawTime(review.submitted_at, nowMs)}${drawDismissal(page, review, home)}</div>${review.body === "" ? "" : html`<div class="body">${drawMarkdown(review.body)}</div>`}</div>`,
)}
${page.comments.map(
	(comment) =>
		html`<div class="box" id="comment-${comment.id}"><div class="head">${face(comment.author)} ${drawTime(comment.created_at, nowMs)}</div><div class="body">${drawMarkdown(comment.body)}</div></div>`,
)}
<h2>Checks</h2>
<div class="box">${
		page.checks.length === 0
			? html`<div class="quiet">Nothing was checked.</div>`
			: page.checks.map(
					(check) =>
						html`<div class="row"><strong>${check.name}</strong><span class="tag">${check.conclusion ?? check.status}</span><span class="grow quiet">${check.title ?? ""}</span></div>${check.summary === null || check.summary === "" ? "" : html`<div class="body">${drawMarkdown(check.summary)}</div>`}`,
				)
	}${drawCheckForm(page, home)}</div>
${drawButtons(page, home)}
<h2>Commits</h2>
<div class="box">${page.commits.map(
		(commit) =>
			html`<div class="row"><span class="grow"><a href="${home}/commit/${commit.sha}">${commit.message.split("\n")[0]}</a><br><span class="quiet">${commit.author.name} &lt;${commit.author.email}&gt; · ${drawTime(commit.author.date, nowMs)}</span></span><code>${commit.sha.slice(0, 7)}</code></div>`,
	)}</div>
<h2>Files changed (${page.files.length})</h2>
${drawFiles(page.files)}`;
}

/** Nothing is really run here: a person says what GitHub Actions comes to. */
function drawCheckForm({ pull }: PullPage, home: string): Html | "" {
	if (pull.state !== "open") return "";
	return html`<form method="post" action="${home}/pull/${pull.number}/check">
<input type="text" name="name" value="test" required maxlength="100" aria-label="Name of the check">
<input type="text" name="log" class="grow" placeholder="What its log ends with" aria-label="What its log ends with">
<button name="conclusion" value="failure">Let it fail</button> <button name="conclusion" value="flaky">Fail once</button> <button name="conclusion" value="success">Let it pass</button></form>`;
}

function drawDismissal({ pull, people }: PullPage, review: ReviewRow, home: string): Html | "" {
	if (pull.state !== "open" || review.state === "COMMENTED" || review.state === "DISMISSED") return "";
	return html`<form method="post" action="${home}/pull/${pull.number}/dismiss"><input type="hidden" name="review" value="${review.id}"><button>Dismiss review</button> as <select name="as" aria-label="Who dismisses it">${people.map(({ login }) => html`<option>${login}</option>`)}</select></form>`;
}

function drawButtons({ pull, people, barrier }: PullPage, home: string): Html | "" {
	if (pull.merged_at !== null) {
		return html`<div class="box"><div>Merged into <code>${pull.base_ref}</code> by ${pull.merged_by} as <a href="${home}/commit/${pull.merge_sha}"><code>${pull.merge_sha?.slice(0, 7)}</code></a>.</div></div>`;
	}
	const who = html`as <select name="as" aria-label="Who does it">${people.map(({ login }) => html`<option>${login}</option>`)}</select>`;
	const at = `${home}/pull/${pull.number}`;
	if (pull.state === "closed") {
		return html`<div class="box"><form method="post" action="${at}/reopen"><button>Reopen pull request</button> ${who}</form></div>`;
	}
	return html`<div class="box">
<form method="post" action="${at}/merge"><button class="primary" ${barrier === null ? "" : "disabled"}>Merge pull request</button>
<select name="method" aria-label="How"><option value="merge">with a merge commit</option><option value="squash">squashed</option></select> ${who} <span class="quiet">${barrier ?? ""}</span></form>
<form method="post" action="${at}/approve"><button>Approve</button> ${who}</form>
<form method="post" action="${at}/review"><textarea name="body" rows="2" required aria-label="What should change"></textarea>
<button name="event" value="REQUEST_CHANGES">Request changes</button> <button name="event" value="COMMENT">Comment</button> ${who}</form>
<form method="post" action="${at}/close"><button>Close pull request</button> ${who}</form>
</div>`;
}
