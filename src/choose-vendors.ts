import type { Config } from "./config.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./log.ts";
import { buildPage } from "./playground/build-page.ts";
import { createPlayground } from "./playground/playground.ts";

/** Slack, GitHub and the model as they are set, each that is not by its stand-in in the playground. */
export async function chooseVendors(deps: {
	config: Pick<Config, "slack" | "github" | "model" | "publicUrl" | "playgroundModel">;
	dataDir: string;
	/** This process's own address. */
	origin: string;
	progress: (step: string) => void;
	log: Log;
}) {
	const { config, dataDir, origin, log } = deps;
	const embedded = { slack: !config.slack, github: !config.github, model: !config.model };
	if (embedded.slack) deps.progress("preparing the playground");
	const playground = createPlayground({
		embedded,
		dataDir,
		origin,
		slackPageDir: embedded.slack ? await buildPage() : null,
		modelPace: config.playgroundModel,
		log,
	});
	return {
		playground,
		slack: config.slack ?? playground.slack?.connection ?? unset("Slack"),
		github: config.github ?? playground.github?.connection ?? unset("GitHub"),
		model: config.model ?? playground.model?.connection ?? unset("model"),
		/** Where people reach us. The playground's GitHub sends them back to this address only. */
		publicUrl: embedded.github ? origin : (config.publicUrl ?? origin),
		/** Whether it is one that others can open. */
		isReachable: embedded.github || config.publicUrl !== null,
	};
}

function unset(part: string): never {
	throw new AppError("bad_config", `${part} is neither set nor embedded.`);
}
