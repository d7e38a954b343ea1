import { describePlayground } from "./playground-client.ts";

/** Makes the playground's vendors fail, and acts at GitHub as its admin. */
export function createVendorFaults(origin: string) {
	const send = async (url: string, method: string, body: unknown, token?: string) => {
		const answer = await fetch(url, {
			method,
			headers: {
				"content-type": "application/json",
				"user-agent": "test",
				...(token ? { authorization: `Bearer ${token}` } : {}),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
		return answer.status === 204 ? null : ((await answer.json()) as unknown);
	};
	return {
		/** What the model's next requests meet, one each. */
		model: (...next: object[]) => send(`${origin}/playground/model/faults`, "POST", { next }),
		git: (times: number) =>
			send(`${origin}/playground/github/api/v3/playground/faults`, "POST", {
				kind: "git_unavailable",
				times,
				status: 503,
				retryAfterSeconds: 1,
			}),
		async github(method: string, path: string, body?: unknown): Promise<unknown> {
			const { github } = await describePlayground(origin);
			return send(`${github.apiUrl}${path}`, method, body, github.token);
		},
		/** What the app sent to Slack and Slack refused, without the look for native agent status. */
		async slackRefusals(): Promise<{ method: string; error: string }[]> {
			const { slack } = await describePlayground(origin);
			const token = slack.users.find(({ name }) => name === "mia")?.token ?? "";
			const answer = await fetch(`${origin}/playground/slack/page/refused`, {
				headers: { authorization: `Bearer ${token}` },
			});
			const { refused } = (await answer.json()) as { refused: { method: string; error: string }[] };
			return refused.filter(({ method }) => !/^(agents|assistant)\./.test(method));
		},
	};
}
