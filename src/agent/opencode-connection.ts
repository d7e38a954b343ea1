import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { AgentConnection, AgentTarget } from "./agent.ts";
import { WARM_UP_MODEL } from "./agent-config.ts";
import { answerQuestions } from "./agent-questions.ts";
import type { AgentServer } from "./agent-server.ts";
import { followTurn } from "./follow-turn.ts";
import { toMessageId, toMessageSuffix } from "./message-id.ts";
import { GO_ON_PARTS, toPromptParts } from "./prompt.ts";
import { CALL_LIMIT_MS, toUnreachable } from "./read-conversation.ts";

/** Stop promises silence within a second; this leaves time for killing what is left. */
const ABORT_LIMIT_MS = 800;
const WARM_UP_LIMIT_MS = 30_000;
/** Idle is believed when it is said twice, so far apart. */
const IDLE_AGAIN_MS = 60;
/** Where a prompt would be found that another instance has handed over a moment ago. */
const NEWEST_MESSAGES = 20;

/** What can be said to an OpenCode server that answers. */
export function createOpencodeConnection(deps: {
	server: AgentServer;
	target: AgentTarget;
	log: Log;
	now: () => number;
}): AgentConnection {
	const { server, target, log, now } = deps;
	const { client } = server;
	const aborted = new Set<string>();
	/** Conversations that are known to be there, and when they were made (milliseconds since 1970). */
	const opened = new Map<string, number>();

	/** A turn whose helper is aborted in the middle of a model call goes on, and has to be aborted once more. */
	async function abortUntilIdle(conversationId: string, signal: AbortSignal): Promise<void> {
		for (let idle = 0; idle < 2; ) {
			if (idle === 0)
				await client.session.abort({ sessionID: conversationId }, { throwOnError: true, signal });
			const { data } = await client.session.status({}, { throwOnError: true, signal });
			const state = data[conversationId];
			idle = state === undefined || state.type === "idle" ? idle + 1 : 0;
			if (idle < 2) await delay(IDLE_AGAIN_MS, undefined, { signal });
		}
	}

	/** An unanswered permission outlives an abort, and a late answer would still let the tool run. */
	async function rejectPermissions(conversationId: string, signal: AbortSignal): Promise<void> {
		const { data } = await client.permission.list({}, { throwOnError: true, signal });
		for (const request of data.filter(({ sessionID }) => sessionID === conversationId)) {
			await client.permission.reply(
				{ requestID: request.id, reply: "reject" },
				{ throwOnError: true, signal },
			);
		}
	}

	function opens({ id, time }: { id: string; time: { created: number } }): { conversationId: string } {
		opened.set(id, time.created);
		return { conversationId: id };
	}

	return {
		answers: server.answers,

		async warmUp() {
			const options = { throwOnError: true, signal: AbortSignal.timeout(WARM_UP_LIMIT_MS) } as const;
			try {
				const { data } = await client.session.create({ title: "Warming up" }, options);
				const parts = [{ type: "text" as const, text: "Say nothing." }];
				await client.session.prompt(
					{ sessionID: data.id, agent: "build", model: WARM_UP_MODEL, parts },
					options,
				);
				await client.session.delete({ sessionID: data.id }, options);
			} catch (error) {
				throw toUnreachable(error);
			}
		},

		async openConversation({ conversationId, title }) {
			const signal = AbortSignal.timeout(CALL_LIMIT_MS);
			try {
				if (conversationId !== null) {
					if (opened.has(conversationId)) return { conversationId };
					const known = await client.session.get({ sessionID: conversationId }, { signal });
					if (known.data !== undefined) return opens(known.data);
					if (known.response?.status !== 404) throw known.error;
				}
				const made = await client.session.create({ title }, { throwOnError: true, signal });
				return opens(made.data);
			} catch (error) {
				throw toUnreachable(error);
			}
		},

		async send({ conversationId, prompt, attempt, isFirst }) {
			const signal = AbortSignal.timeout(CALL_LIMIT_MS);
			const options = { throwOnError: true, signal } as const;
			const turn = { promptId: prompt.promptId, attempt, author: prompt.author };
			const turnFile = `${target.sandbox.homeDir}/.bobbin/turn.json`;
			const reading = Promise.all([
				opened.get(conversationId) ??
					client.session.get({ sessionID: conversationId }, options).then(({ data }) => data.time.created),
				client.session.messages(
					{
						sessionID: conversationId,
						...(isFirst && !prompt.isContinued ? { limit: NEWEST_MESSAGES } : {}),
					},
					options,
				),
			]);
			reading.catch(() => {});
			await target.provider.writeFile(target.sandbox.id, turnFile, JSON.stringify(turn));
			try {
				const [conversationCreatedMs, messages] = await reading;
				const suffix = toMessageSuffix(prompt.promptId, attempt);
				const ids = messages.data.map(({ info }) => info.id).sort();
				if (ids.some((id) => id.endsWith(suffix))) return { outcome: "already_there" };
				aborted.delete(conversationId);
				const earlier = Array.from({ length: attempt - 1 }, (_, index) =>
					toMessageSuffix(prompt.promptId, index + 1),
				);
				const goesOn = prompt.isContinued && ids.some((id) => earlier.some((suffix) => id.endsWith(suffix)));
				const parts = goesOn ? GO_ON_PARTS : toPromptParts(prompt, target.directory, attempt);
				const messageID = toMessageId({
					newestMessageId: ids.at(-1) ?? null,
					conversationCreatedMs,
					suffix,
				});
				await client.session.promptAsync(
					{
						sessionID: conversationId,
						messageID,
						agent: "build",
						model: { providerID: "anthropic", modelID: target.model },
						// Ids of our own: the same prompt handed over twice at once stays one message with these parts.
						parts: parts.map((part, index) => ({
							...part,
							id: `prt_${messageID.slice(4, -2)}${String(index).padStart(2, "0")}`,
						})),
					},
					options,
				);
				return { outcome: "sent" };
			} catch (error) {
				opened.delete(conversationId);
				throw toUnreachable(error);
			}
		},

		async follow({ conversationId, promptId, attempt, signal, onEvent }) {
			const end = await followTurn(
				{ client, directory: target.directory, isServerAlive: server.isAlive, log, now },
				{
					conversationId,
					promptId,
					suffix: toMessageSuffix(promptId, attempt),
					signal,
					isAborted: () => aborted.has(conversationId),
					onEvent,
				},
			);
			if (end.outcome === "done" || end.outcome === "stopped") return end;
			if (aborted.has(conversationId)) return { outcome: "stopped" };
			onEvent({ type: "agent.error", data: { promptId, problem: end.problem } });
			return end;
		},

		async answer({ conversationId, answers }) {
			const options = { throwOnError: true, signal: AbortSignal.timeout(CALL_LIMIT_MS) } as const;
			try {
				return await answerQuestions(client, options, { conversationId, answers });
			} catch (error) {
				throw toUnreachable(error);
			}
		},

		async abort(conversationId) {
			aborted.add(conversationId);
			const signal = AbortSignal.timeout(ABORT_LIMIT_MS);
			try {
				await Promise.all([
					abortUntilIdle(conversationId, signal),
					rejectPermissions(conversationId, signal),
				]);
			} catch (error) {
				log.warn({ err: error, conversationId }, "the agent did not stop when asked; ending its server");
				await server.kill();
			}
			await server.killStrays();
		},

		close: () => server.close(),
	};
}
