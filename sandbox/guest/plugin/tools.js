import { readToken } from "./turn.js";

async function callGateway(name, input, signal) {
	const response = await fetch(`${process.env.BOBBIN_GATEWAY_URL}/gateway/tools/${name}`, {
		method: "POST",
		headers: { "content-type": "application/json", authorization: `Bearer ${readToken()}` },
		body: JSON.stringify(input),
		signal,
	});
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.error?.message ?? `Bobbin answered ${response.status}.`);
	return answer;
}

/** What the agent can ask of Bobbin. */
export const tools = {
	open_pull_request: {
		description:
			"Opens the pull request of this session for a branch that you have pushed. Safe to repeat: the same branch gives the same pull request.",
		args: {
			branch: {
				type: "string",
				description: "the pushed branch, as `git branch --show-current` prints it",
			},
			title: { type: "string", description: "one line, what changes" },
			body: { type: "string", description: "Markdown: what was changed, why, how it was tested" },
		},
		async execute({ branch, title, body }, context) {
			const { number, url } = await callGateway("open_pull_request", { branch, title, body }, context.abort);
			return { title: `#${number}`, output: `Pull request #${number}: ${url}`, metadata: { number, url } };
		},
	},
};
