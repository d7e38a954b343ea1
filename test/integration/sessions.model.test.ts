import { afterAll, beforeAll, expect, test } from "vitest";
import {
	saveChannelSettings,
	savePersonSettings,
	saveSessionModel,
} from "../../src/settings/settings-store.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const MODELS = ["default", "of-person", "of-channel", "of-session"];

let core: StartedCore;
/** What each turn was given to; undefined: the default. */
const given: (string | undefined)[] = [];
beforeAll(async () => {
	core = await startCore();
	const { sandboxes } = createFakeSandboxes();
	const agent = createFakeAgent();
	await runPrompts(core, () => ({
		sandboxes,
		models: MODELS,
		connectAgent: (target, signal) => {
			given.push(target.model);
			return agent.connectAgent(target, signal);
		},
	}));
});
afterAll(() => core.stop());

async function runTurn(chosen: { person?: string; channel?: string; session?: string }) {
	const { db } = core.database;
	const personId = await aPerson(core);
	const thread = { ...aThread(), channelId: `C${core.newId()}` };
	if (chosen.person) await savePersonSettings(db, personId, { model: chosen.person });
	if (chosen.channel) await saveChannelSettings(db, thread, { model: chosen.channel });
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(personId),
	});
	if (chosen.session) await saveSessionModel(db, sessionId, chosen.session);
	const over = waitForEvent(core, sessionId, ({ type }) => type === "prompt.finished");
	await core.sessions.chooseRepository({
		sessionId,
		personId: null,
		repositoryId: null,
		routing: { how: "picked", reason: "none needed", confidence: null },
	});
	await over;
	return { sessionId, promptId, model: given.at(-1) };
}

test("a turn is given to the model that was chosen nearest", async () => {
	expect((await runTurn({})).model).toBeUndefined();
	expect((await runTurn({ person: "of-person" })).model).toBe("of-person");
	expect((await runTurn({ person: "of-person", channel: "of-channel" })).model).toBe("of-channel");
	expect((await runTurn({ channel: "of-channel", session: "of-session" })).model).toBe("of-session");
});

test("a model that may not be chosen any more does not count", async () => {
	expect((await runTurn({ person: "of-person", session: "taken-away" })).model).toBe("of-person");
});
