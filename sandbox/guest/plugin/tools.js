import { readPicture } from "./picture-file.js";
import { followsTemplate, readTemplates } from "./pull-request-template.js";
import { readToken } from "./turn.js";

const TRIES = 5;
const PAUSE_MS = 500;

/**
 * A Bobbin that restarts cuts calls off or says that it is not there yet. Each call may be made again: it gives the same
 * however often it is made.
 */
async function callGateway(name, input, signal) {
	for (let tries = 1; ; tries++) {
		try {
			return await callOnce(name, input, signal);
		} catch (error) {
			if (error instanceof Refused || signal?.aborted || tries === TRIES) throw error;
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
		}
	}
}

/** Bobbin answered, and said no. */
class Refused extends Error {}

async function callOnce(name, input, signal) {
	const response = await fetch(`${process.env.BOBBIN_GATEWAY_URL}/gateway/tools/${name}`, {
		method: "POST",
		headers: { "content-type": "application/json", authorization: `Bearer ${readToken()}` },
		body: JSON.stringify(input),
		signal,
	});
	const answer = await response.json();
	if (response.ok) return answer;
	const { message = `Bobbin answered ${response.status}.`, retryable } = answer.error ?? {};
	throw retryable ? new Error(message) : new Refused(message);
}

/** Branches for which the template was shown: once is a hint, twice would be in the way. */
const reminded = new Set();

/** The repository's template, if the body leaves headings or lines of it out and the agent was not told before. */
function remind(branch, body, directory) {
	if (reminded.has(branch)) return null;
	const templates = readTemplates(directory);
	if (followsTemplate(body, templates)) return null;
	reminded.add(branch);
	const which = templates.length === 1 ? "a template" : "templates (choose the one that fits)";
	const shown = templates.map(({ path, text }) => `<template path="${path}">\n${text.trim()}\n</template>`);
	return `Nothing is opened yet: this repository has ${which} for pull requests. Call open_pull_request again with a body that keeps its headings and lines, and fills them in ("none" where there is nothing to say), without its comments.\n\n${shown.join("\n\n")}`;
}

// All arguments are required of the model; OpenCode makes the schema so.
/** What the agent can ask of Bobbin. */
export const tools = {
	open_pull_request: {
		description:
			"Opens the pull request of this session for a branch that you have pushed, in the name of whoever asked. Safe to repeat: the same branch gives the same pull request. Another pull request of the session needs a branch of its own.",
		args: {
			branch: {
				type: "string",
				description: "the pushed branch, as `git branch --show-current` prints it",
			},
			title: { type: "string", description: "one line, what changes" },
			body: {
				type: "string",
				description:
					"Markdown: what was changed and why, then how it was checked (commands and what came of them). Follows the repository's template if it has one. Who asked, the link to the session and co-authors are added by Bobbin.",
			},
			base: {
				type: "string",
				description:
					"empty; only if somebody asked for stacked pull requests: another branch of this session with an open pull request, on which this one builds",
			},
			draft: { type: "boolean", description: "false; true only if somebody asked for a draft" },
		},
		async execute({ branch, title, body, base, draft }, context) {
			const reminder = remind(branch, body, context.directory);
			if (reminder !== null) return { title: "The repository's template", output: reminder };
			const input = { branch, title, body, ...(base ? { base } : {}), draft: draft === true };
			const { number, url, waiting } = await callGateway("open_pull_request", input, context.abort);
			if (waiting) return { title: "Is opened later", output: waiting, metadata: { waiting: true } };
			return { title: `#${number}`, output: `Pull request #${number}: ${url}`, metadata: { number, url } };
		},
	},
	add_screenshot: {
		description:
			"Shows people a picture: below your answer in the chat thread, on the session's page, and in a pull request that is opened after it. Use it for a change that can be seen (after you looked at it yourself), or when somebody asks for a picture or a chart. Safe to repeat: the same file is shown once.",
		args: {
			path: {
				type: "string",
				description: "a PNG, JPEG, GIF or WebP file of at most 4 MiB, in the checkout or your home folder",
			},
			title: { type: "string", description: "one line, what the picture shows" },
		},
		async execute({ path, title }, context) {
			const data = (await readPicture(path, context.directory)).toString("base64");
			await callGateway("add_screenshot", { title, data }, context.abort);
			return { title, output: "It is shown below your answer. Don't describe it again there." };
		},
	},
};
