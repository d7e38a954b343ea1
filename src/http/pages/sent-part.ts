import { html } from "hono/html";
import type { PromptView } from "../../sessions/session-view.ts";
import type { SentPrompt } from "../../sessions/sessions.ts";

const TRIMMABLE = new Set<PromptView["status"]>(["queued", "failed", "stopped"]);
const STANDING_WORDS = { app: "an app", outside: "from another organisation" };

/** What went to the agent with a prompt beside its text, or will; messages can be dropped while that changes anything. */
export function sentPart(sessionId: string, prompt: Pick<PromptView, "id" | "status">, sent: SentPrompt) {
	const { said, unsaid, files, masked, isPending } = sent;
	const isEmpty = said.length === 0 && files.length === 0 && masked === null && !isPending;
	if (isEmpty) return "";
	return html`<details${prompt.status === "queued" ? html` open` : ""}>
		<summary>${summaryWords(prompt.status, sent)}</summary>
		${isPending ? html`<p>What was said around it is not read yet.</p>` : ""}
		${said.length === 0 ? "" : saidForm(sessionId, prompt, sent)}
		${unsaid === 0 ? "" : html`<p>${unsaid} more messages of the thread are left out.</p>`}
		${
			files.length === 0
				? ""
				: html`<ul>
					${files.map(
						({ name, mimeType, sizeBytes, leftOut }) =>
							html`<li>${name} <small>${mimeType}, ${sizeWords(sizeBytes)}${leftOut === null ? "" : `; left out: ${leftOut}`}</small></li>`,
					)}
				</ul>`
		}
		${masked === null ? "" : html`<p>Masked: ${masked.count} (${masked.kinds.join(", ")}).</p>`}
	</details>`;
}

function saidForm(
	sessionId: string,
	{ id, status }: Pick<PromptView, "id" | "status">,
	{ said }: SentPrompt,
) {
	const canTrim = TRIMMABLE.has(status);
	const messages = said.map(({ author, text, by, place, dropped }, index) => {
		const standing = [by === undefined ? null : STANDING_WORDS[by], place ?? null].filter(
			(word) => word !== null,
		);
		const who = html`<strong>${author}</strong>${standing.length === 0 ? "" : html` <small>${standing.join(", ")}</small>`}`;
		if (dropped) return html`<p>${who} <small>(dropped)</small></p>`;
		const box = html`<label><input type="checkbox" name="drop" value="${index}"> ${who}</label>`;
		return html`${canTrim ? box : html`<p>${who}</p>`}<pre>${text}</pre>`;
	});
	if (!canTrim || said.every(({ dropped }) => dropped)) return messages;
	return html`<form method="post" action="/sessions/${sessionId}/prompts/${id}/context">
		${messages}
		<p><button>Drop what is ticked</button> It is then not sent with this prompt.</p>
	</form>`;
}

function summaryWords(status: PromptView["status"], { said, files }: SentPrompt): string {
	const taken = files.filter(({ leftOut }) => leftOut === null).length;
	const kept = said.filter(({ dropped }) => !dropped).length;
	const verb = status === "queued" ? "Is sent with it" : "Sent with it";
	return `${verb}: ${kept} message${kept === 1 ? "" : "s"}, ${taken} file${taken === 1 ? "" : "s"}`;
}

function sizeWords(bytes: number): string {
	return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
