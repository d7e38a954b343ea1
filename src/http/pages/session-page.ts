import { html } from "hono/html";
import type { SessionView } from "../../sessions/session-view.ts";
import type { SentPrompt } from "../../sessions/sessions.ts";
import { page } from "./page.ts";
import { picturesPart } from "./pictures-part.ts";
import { sentPart } from "./sent-part.ts";

const STATUS_WORDS: Record<SessionView["status"], string> = {
	routing: "finding out which repository is meant",
	asking: "waiting to hear which repository is meant",
	ready: "open",
	ended: "done",
};

/** A session with what was asked, by whom, what was sent with it, and what came of it. */
export function sessionPage(session: SessionView, sent: SentPrompt[], threadUrls: string[]) {
	const { title, status, repository, prompts, pullRequests, openings, pictures = [] } = session;
	return page(
		title,
		html`<p>${STATUS_WORDS[status]}${repository === null ? "" : html`, in ${repository.fullName}`}</p>
			${threadLinks(threadUrls)}
			<h2>Pull requests</h2>
			${pullRequests.length + openings.length === 0 ? html`<p>None yet.</p>` : ""}
			<ul>
				${pullRequests.map(
					({ url, repository, number, title, state }) =>
						html`<li><a href="${url}">${repository}#${number}</a> ${title} (${state})</li>`,
				)}
				${openings.map(({ branch, title }) => html`<li>${title}, not opened yet (${branch})</li>`)}
			</ul>
			<h2>Prompts</h2>
			${prompts.map((prompt) => {
				const { id, author, text, status, answer } = prompt;
				const around = sent.find(({ promptId }) => promptId === id);
				return html`<h3>${author?.name ?? "Bobbin"}, ${status}</h3>
					<pre>${text}</pre>
					${around === undefined ? "" : sentPart(session.id, prompt, around)}
					${answer === null ? "" : html`<pre>${answer}</pre>`}
					${picturesPart(
						session.id,
						pictures.filter(({ promptId }) => promptId === id),
					)}`;
			})}`,
	);
}

/** For whoever is not known: not even what the session is about. */
export function signInLaterPage(threadUrls: string[]) {
	return page(
		"A session of Bobbin",
		html`<p>Signing in on the web comes later. ${threadUrls.length === 0 ? "" : "Open the thread in Slack:"}</p>
			${threadLinks(threadUrls)}`,
	);
}

export function noSessionPage() {
	return page("This link leads nowhere", html`<p>Bobbin knows no such session.</p>`);
}

function threadLinks(urls: string[]) {
	return html`${urls.map((url) => html`<p><a href="${url}">The thread in Slack</a></p>`)}`;
}
