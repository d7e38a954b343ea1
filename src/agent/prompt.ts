import type { TurnPrompt } from "../sessions/ports.ts";

export type PromptPart =
	| { type: "text"; text: string; synthetic?: boolean }
	| { type: "file"; mime: string; filename: string; url: string };

/**
 * What is sent for a prompt: Bobbin's context first (the model sees it, screens do not), then the person's words, then
 * files that a model can look at. Neither the context's values nor the person's words can end or forge the block.
 */
export function toPromptParts(prompt: TurnPrompt, directory: string, attempt: number): PromptPart[] {
	const context = [
		...prompt.context.split("\n"),
		`Directory: ${directory}`,
		`Asked by: ${oneLine(prompt.author.name)} <${oneLine(prompt.author.email)}>`,
		...prompt.files.map((file) => `Attached file: ${oneLine(file.path)} (${oneLine(file.mimeType)})`),
	].filter((line, index, lines) => line !== "" && !isRepeated(line, lines.slice(0, index)));
	const parts: PromptPart[] = [
		{
			type: "text",
			synthetic: true,
			text: `<bobbin-context>\n${context.map(escapeBlock).join("\n")}\n</bobbin-context>`,
		},
	];
	if (attempt > 1 && !prompt.isAnew) {
		parts.push({
			type: "text",
			synthetic: true,
			text: "Your previous turn on this request was interrupted. Look at what is already done (git status, git log), then go on with the request below.",
		});
	}
	const text = escapeBlock(prompt.text.trim().toWellFormed());
	parts.push({ type: "text", text: text === "" ? "(No words, only the attached files.)" : text });
	for (const file of prompt.files) {
		if (file.dataUrl === null || !isVisible(file.mimeType)) continue;
		parts.push({ type: "file", mime: file.mimeType, filename: file.name, url: file.dataUrl });
	}
	return parts;
}

/** What is said where a turn goes on after Bobbin had paused it. */
export const GO_ON_PARTS: PromptPart[] = [
	{
		type: "text",
		text: "Go on where you were. The work was only paused for a while; what you did before is all there.",
	},
];

function isVisible(mimeType: string): boolean {
	return ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"].includes(mimeType);
}

/** The caller's own line about the directory or the author stands; ours is not added. */
function isRepeated(line: string, earlier: string[]): boolean {
	const label = /^(Directory|Asked by): /.exec(line)?.[0];
	return label !== undefined && earlier.some((other) => other.startsWith(label));
}

function oneLine(text: string): string {
	return text
		.toWellFormed()
		.replace(/[\s\u0085]+/g, " ")
		.trim();
}

function escapeBlock(text: string): string {
	return text.toWellFormed().replace(/<(?=\s*\/?\s*bobbin-context)/gi, "&lt;");
}
