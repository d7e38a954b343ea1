import type { App } from "@slack/bolt";
import { z } from "zod";
import { coerceError } from "../../errors.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { mentionedUsers, toPlainText } from "../text/from-slack.ts";
import { answerCommand } from "./answer-command.ts";
import { doCommand } from "./do-command.ts";
import { openNewSession } from "./open-new-session.ts";
import { openSettings } from "./open-settings.ts";
import { type Command, isDoing, parseCommand } from "./parse-command.ts";
import { troubleWords } from "./trouble-words.ts";

const given = z.looseObject({
	team_id: z.string(),
	channel_id: z.string(),
	user_id: z.string(),
	text: z.string().default(""),
	trigger_id: z.string(),
});

/**
 * `/bobbin`. Slack has no commands in threads, and none with files. What begins or changes work comes out of the inbox,
 * acknowledged already; all else is answered at once. Every answer is private.
 */
export function listenToCommand(app: App, deps: ListenerDeps): void {
	app.command("/bobbin", async ({ ack, body, respond }) => {
		await ack();
		const { team_id: teamId, channel_id: channelId, user_id: userId, ...rest } = given.parse(body);
		const { trigger_id: triggerId } = rest;
		const command = await read(deps, teamId, rest.text);
		const say = async (answer: string | OutgoingMessage) => {
			const message = typeof answer === "string" ? { text: answer } : answer;
			// Slack takes it half an hour long; a kept command may be later than that.
			await respond({ ...message, response_type: "ephemeral" }).catch(async (thrown: unknown) => {
				deps.log.info({ err: coerceError(thrown) }, "a command was not answered at its own address");
				await deps.whisper({ teamId, channelId, userId, message: answer });
			});
		};
		try {
			if (command.command === "open") {
				const { text } = command;
				return await openNewSession(deps, { teamId, userId, triggerId, channelId, text, source: null });
			}
			if (command.command === "settings")
				return await openSettings(deps, { teamId, userId, triggerId, channelId });
			const admission = await admit(deps, { teamId, userId });
			if (admission.outcome === "refused") return await say(admission.why);
			const caller = { teamId, channelId, userId, personId: admission.personId };
			const answer = isDoing(command)
				? await doCommand(deps, command, caller, `slack:${teamId}:command:${triggerId}`)
				: await answerCommand(deps, command, caller);
			if (answer !== null) await say(answer);
		} catch (error) {
			// The inbox tries it again.
			if (isDoing(command)) throw error;
			deps.log.error({ err: coerceError(error) }, "a command was not answered");
			await say(troubleWords(error));
		}
	});
}

async function read(deps: ListenerDeps, teamId: string, text: string): Promise<Command> {
	const { botUserId, directory } = await deps.workspaces.of(teamId);
	const mentioned = mentionedUsers(text).filter((id) => id !== botUserId);
	const users = mentioned.length === 0 ? new Map<string, string>() : await directory.names(mentioned);
	return parseCommand(toPlainText(text, { botUserId, users }));
}
