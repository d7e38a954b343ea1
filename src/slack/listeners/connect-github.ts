import type { App } from "@slack/bolt";
import { CONNECT_GITHUB, DISCONNECT_GITHUB } from "../blocks/actions.ts";
import { connectedMessage, connectMessage, disconnectedMessage } from "../blocks/connect-github.ts";
import { onClick } from "./action.ts";
import type { ListenerDeps } from "./deps.ts";

/**
 * The buttons of a person's GitHub account, in private messages and in the home. The one that connects is a link: Slack
 * opens it and tells us beside that, so that it makes way for a fresh one: each is good once.
 */
export function listenToConnectGithub(app: App, deps: ListenerDeps): void {
	const { accounts } = deps;
	if (accounts === undefined) return;

	onClick(app, deps, CONNECT_GITHUB, async ({ personId, inHome, replace }) => {
		// The home is drawn with a fresh one.
		if (inHome) return;
		const { state, login } = await accounts.stateOf(personId);
		if (state === "live") return replace(connectedMessage(login ?? ""));
		const { url } = await accounts.invite(personId);
		await replace(connectMessage({ state, url }));
	});

	onClick(app, deps, DISCONNECT_GITHUB, async ({ personId, inHome, replace, whisper }) => {
		const result = await accounts.unlink(personId);
		if (inHome) return;
		if (result.outcome === "not_linked") return whisper("No GitHub account of yours is connected.");
		await replace(disconnectedMessage(result.login));
	});
}
