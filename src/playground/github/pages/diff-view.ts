import { html } from "hono/html";
import type { ChangedFile } from "../diff.ts";
import type { Html } from "./layout.ts";

const LONGEST_LINES = 2000;

/** Changed files with their hunks in colour and line numbers of both sides. */
export function drawFiles(files: ChangedFile[]): Html {
	return html`<section class="files">${files.map(drawFile)}</section>`;
}

function drawFile(file: ChangedFile): Html {
	return html`<details class="file" open>
<summary><code>${file.previousFilename === null ? "" : `${file.previousFilename} → `}${file.filename}</code>
<span class="tag">${file.status}</span><span class="plus">+${file.additions}</span> <span class="minus">−${file.deletions}</span></summary>
${file.patch === null ? html`<p class="quiet">No text to show.</p>` : html`<table class="diff">${drawLines(file.patch)}</table>`}
</details>`;
}

function drawLines(patch: string): Html[] {
	let before = 0;
	let after = 0;
	const lines = patch.split("\n");
	const rows = lines.slice(0, LONGEST_LINES).map((line) => {
		const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
		if (hunk !== null) {
			before = Number(hunk[1]);
			after = Number(hunk[2]);
			return drawRow("hunk", "", "", line);
		}
		if (line.startsWith("+")) return drawRow("added", "", after++, line);
		if (line.startsWith("-")) return drawRow("removed", before++, "", line);
		if (line.startsWith("\\")) return drawRow("hunk", "", "", line);
		return drawRow("same", before++, after++, line);
	});
	if (lines.length > LONGEST_LINES) {
		rows.push(drawRow("hunk", "", "", `… ${lines.length - LONGEST_LINES} more lines`));
	}
	return rows;
}

function drawRow(kind: string, before: number | "", after: number | "", line: string): Html {
	return html`<tr class="${kind}"><td class="number">${before}</td><td class="number">${after}</td><td class="line">${line}</td></tr>`;
}
