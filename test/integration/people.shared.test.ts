import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { isShared } from "../../src/people/several-workspaces-store.ts";
import { readWorkspaceRules, saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { createInstallationStore, type NewInstallation } from "../../src/slack/install/installation-store.ts";
import { createLifecycle } from "../../src/slack/install/lifecycle.ts";
import { createTestDatabase } from "../harness/database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
	database = await createTestDatabase();
});
beforeEach(async () => {
	await database.db.deleteFrom("slack_installations").execute();
	await database.db.deleteFrom("workspaces").execute();
});
afterAll(() => database.drop());

/** What Slack says of every token. */
let isRefused = false;
function createRig() {
	const seal = createSeal(() => [{ id: "test", bytes: new Uint8Array(32).fill(7) }]);
	const installations = createInstallationStore({ db: database.db, seal });
	const lifecycle = createLifecycle({
		...{ db: database.db, installations, enqueue: async () => {}, now: Date.now },
		askWho: async () =>
			isRefused ? { outcome: "refused", error: "token_revoked" } : ({ outcome: "known" } as never),
		log: pino({ level: "silent" }),
	});
	return { installations, lifecycle };
}

const at = (fields: Partial<NewInstallation>): NewInstallation => ({
	...{ teamId: null, enterpriseId: null, name: "Acme", url: "https://acme.slack.com/", source: "oauth" },
	...{ botToken: `xoxb-${randomUUID()}`, botUserId: "UB", botId: "BB", scopes: [], installedBy: null },
	...fields,
});
const ruleOf = async (teamId: string) => (await readWorkspaceRules(database.db, teamId)).unlinked;
const allow = (teamId: string) => saveWorkspaceRules(database.db, teamId, { unlinked: "app" }, new Date());

test("alone, a workspace may go without accounts", async () => {
	await createRig().lifecycle.begin(at({ teamId: "T1" }));
	expect(await isShared(database.db)).toBe(false);
	await allow("T1");
	expect(await ruleOf("T1")).toBe("app");
});

test("an organisation is several workspaces from the start, and takes the rule back where it was chosen", async () => {
	const { lifecycle } = createRig();
	await lifecycle.begin(at({ teamId: "T1" }));
	await allow("T1");
	await database.db.updateTable("slack_installations").set({ ended_at: new Date() }).execute();
	await lifecycle.begin(at({ enterpriseId: "E1" }));
	expect(await isShared(database.db)).toBe(true);
	expect(await ruleOf("T1")).toBe("hold");
	await allow("T1");
	expect(await ruleOf("T1")).toBe("hold");
});

test("a workspace that comes back takes it back, too", async () => {
	const { lifecycle, installations } = createRig();
	await lifecycle.begin(at({ teamId: "T1" }));
	await lifecycle.begin(at({ teamId: "T2", botToken: "xoxb-2" }));
	const second = await installations.find("T2");
	if (second === null) throw new Error("there is no second workspace");
	isRefused = true;
	expect(await lifecycle.endIfOver(second, "xoxb-2", "refused")).toBe(true);
	isRefused = false;
	await allow("T1");
	expect(await ruleOf("T1")).toBe("app");
	const ended = await installations.find("T2");
	if (ended === null) throw new Error("it was forgotten");
	expect(await lifecycle.reviveIfGood(ended, "xoxb-2")).toBe(true);
	expect(await ruleOf("T1")).toBe("hold");
});
