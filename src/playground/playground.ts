import { Hono } from "hono";
import type { Log } from "../log.ts";
import { createPlaygroundGithub, type PlaygroundGithub } from "./github/create-playground-github.ts";
import { createPlaygroundModel, type PlaygroundModel } from "./model/create-playground-model.ts";
import { createPlaygroundSlack, type PlaygroundSlack } from "./slack/playground-slack.ts";

export interface Playground {
	slack: PlaygroundSlack | null;
	github: PlaygroundGithub | null;
	model: PlaygroundModel | null;
	/** What a person of its Slack is called at its GitHub. Undefined: they have no account there, or one of both is real. */
	githubLoginOf(slackUserId: string): string | undefined;
	/** `/playground/*` and `/playground.json`, with the parts that are embedded and nothing else. */
	app: Hono;
	start(): Promise<void>;
	stop(): Promise<void>;
}

/** The stand-ins for the vendors that are not connected. */
export function createPlayground(deps: {
	embedded: { slack: boolean; github: boolean; model: boolean };
	/** Absolute; state lies under `playground/` in it. */
	dataDir: string;
	/** The app's own address. */
	origin: string;
	/** The built page of the playground's Slack, or null without a page. */
	slackPageDir: string | null;
	modelPace: { delayMs: number; tokensPerSecond: number };
	log: Log;
}): Playground {
	const { embedded, dataDir, origin, log } = deps;
	const slack = embedded.slack
		? createPlaygroundSlack({
				dataDir,
				origin,
				eventsUrl: `${origin}/slack/events`,
				pageDir: deps.slackPageDir,
				codeChannels: true,
				log,
			})
		: null;
	const github = embedded.github
		? createPlaygroundGithub({ dataDir, origin, webhooksUrl: `${origin}/github/webhooks`, log })
		: null;
	const model = embedded.model ? createPlaygroundModel({ origin, ...deps.modelPace, log }) : null;

	const app = new Hono();
	if (slack) app.route("/playground/slack", slack.app);
	if (github) app.route("/playground/github", github.app);
	if (model) app.route("/playground/model", model.app);
	app.get("/playground.json", (c) =>
		c.json({
			...(slack ? { slack: slack.describe() } : {}),
			...(github ? { github: github.describe() } : {}),
			...(model ? { model: model.describe() } : {}),
		}),
	);
	return {
		slack,
		github,
		model,
		app,
		githubLoginOf(slackUserId) {
			const name = slack?.describe().users.find(({ id }) => id === slackUserId)?.name;
			return github?.describe().people.find((login) => login === name);
		},
		async start() {
			await github?.start();
			slack?.start();
		},
		async stop() {
			await slack?.stop();
			await github?.stop();
		},
	};
}
