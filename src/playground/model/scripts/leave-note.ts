import { describePublished, publish } from "../agent/publish.ts";
import type { Script } from "../agent/replay.ts";
import { plan, showOutput, step, write } from "../agent/tools.ts";
import { inCheckout, type Job, look } from "./job.ts";

const TODOS = ["Look at the repository", "Note the request down", "Open the pull request"];

export const ABOUT_THE_MODEL =
	"I am the playground's scripted model: I know a few jobs in the demo repositories and understand nothing else. Set `ANTHROPIC_API_KEY` and start Bobbin again for a real model.";

/** For what the scripted model does not know: something small and visible, and the truth about itself. */
export function* leaveNote(job: Job): Script {
	const { branch, files } = yield* look(job, "I look at the repository first.", TODOS);
	const file = pickName(job.text, files);
	const [written] = yield* step(
		"This is not one of the jobs that I know. I note it down in a file.",
		write(inCheckout(job, file), toNote(job.text)),
		plan(TODOS, 1),
	);
	if (!written || written.isError) {
		return `${ABOUT_THE_MODEL}\n\nI wanted to note your request down in \`${file}\`, but could not write it:\n\n${showOutput(written?.text ?? "")}`;
	}
	const title = `docs: note a request in ${file}`;
	const published = yield* publish(job, {
		branch,
		files: [file],
		title,
		body: `${ABOUT_THE_MODEL}\n\nThe request is quoted in \`${file}\`. No code was changed.`,
		todos: TODOS,
	});
	const did = `I noted your request down in \`${file}\` and changed no code.`;
	if (published.outcome === "failed") return `${ABOUT_THE_MODEL}\n\n${did}\n\n${published.answer}`;
	return `${describePublished(published)} ${did}\n\n${ABOUT_THE_MODEL}`;
}

/** A file name out of the request's first words, letters and digits only. */
function pickName(text: string, files: readonly string[]): string {
	const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
	const slug = words.slice(0, 5).join("-").slice(0, 40).replace(/-+$/, "") || "request";
	const name = `NOTES-${slug}.md`;
	return files.includes(name) ? `NOTES-${slug}-2.md` : name;
}

function toNote(text: string): string {
	const quoted = text
		.toWellFormed()
		.slice(0, 4000)
		.split("\n")
		.map((line) => `> ${line}`.trimEnd());
	return `# A request for a person or a real model\n\n${quoted.join("\n")}\n`;
}
