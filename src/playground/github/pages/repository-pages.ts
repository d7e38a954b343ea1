import { html } from "hono/html";
import type { PullRow, RepositoryRow } from "../rows.ts";
import type { Entry, readFolder } from "../tree.ts";
import { drawTime, type Html } from "./layout.ts";
import { drawMarkdown } from "./markdown.ts";

export function drawRepositories(
	base: string,
	repositories: RepositoryRow[],
	openPulls: Map<number, number>,
): Html {
	return html`<h1>Repositories</h1>
<div class="box">${repositories.map(
		(repository) =>
			html`<div class="row"><span class="grow"><a href="${base}/${repository.owner}/${repository.name}"><strong>${repository.owner}/${repository.name}</strong></a>
<span class="tag">${repository.private === 1 ? "private" : "public"}</span>${repository.archived === 1 ? html`<span class="tag">archived</span>` : ""}<br><span class="quiet">${repository.description}</span></span>
<span class="quiet">${openPulls.get(repository.id) ?? 0} open pull requests</span></div>`,
	)}</div>`;
}

interface RepositoryPage {
	base: string;
	url: string;
	nowMs: number;
	repository: RepositoryRow;
	branches: { name: string; sha: string }[];
	pulls: PullRow[];
	ref: string;
	path: string;
	entry: Entry;
	children: Awaited<ReturnType<typeof readFolder>>;
	readme: string | null;
}

/** A repository's files at a branch, its branches and its pull requests. */
export function drawRepository(page: RepositoryPage): Html {
	const { base, repository, ref, path, entry } = page;
	const home = `${base}/${repository.owner}/${repository.name}`;
	const to = (target: string, branch = ref) =>
		`${home}?ref=${encodeURIComponent(branch)}&path=${encodeURIComponent(target)}`;
	const crumbs = path === "" ? [] : path.split("/");
	return html`<h1><a href="${home}">${repository.owner}/${repository.name}</a></h1>
<p>${repository.description} ${(JSON.parse(repository.topics) as string[]).map((topic) => html`<span class="tag">${topic}</span>`)}</p>
<p class="quiet">Clone: <code>git clone ${page.url}/${repository.owner}/${repository.name}.git</code></p>
<h2>Pull requests</h2>
<div class="box">${
		page.pulls.length === 0
			? html`<div class="quiet">None yet.</div>`
			: page.pulls.map(
					(pull) =>
						html`<div class="row"><span class="tag">${pull.merged_at !== null ? "merged" : pull.state}</span><span class="grow"><a href="${home}/pull/${pull.number}">${pull.title}</a><br><span class="quiet">#${pull.number} by ${pull.author} · ${drawTime(pull.created_at, page.nowMs)}</span></span><code>${pull.head_ref}</code></div>`,
				)
	}</div>
<h2>Files</h2>
<p>${page.branches.map(({ name }) => (name === ref ? html`<strong>${name}</strong> ` : html`<a href="${to("", name)}">${name}</a> `))}</p>
<p><a href="${to("")}">${repository.name}</a>${crumbs.map((crumb, at) => html` / <a href="${to(crumbs.slice(0, at + 1).join("/"))}">${crumb}</a>`)}</p>
${
	entry.kind === "file"
		? html`<pre class="blob"><code>${entry.text}</code></pre>`
		: html`<div class="box">${page.children.map((child) => html`<div><a href="${to(child.path)}">${child.name}${child.kind === "folder" ? "/" : ""}</a></div>`)}</div>`
}
${page.readme === null ? "" : html`<div class="box"><div class="head">README.md</div><div class="body">${drawMarkdown(page.readme)}</div></div>`}`;
}
