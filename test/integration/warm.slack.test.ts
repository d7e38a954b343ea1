import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSlackWorkspace, noForesight, type SlackWorkspace } from "../harness/slack-workspace.ts";

const seen = new EventEmitter();
let told: [string, Record<string, string>][];
let workspace: SlackWorkspace;

beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		foresight: {
			...noForesight,
			mentioned: (mention) => tell("mentioned", mention),
			visited: (visit) => tell("visited", visit),
		},
	});
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());
beforeEach(() => {
	told = [];
});

function tell(what: string, data: Record<string, string>): void {
	told.push([what, data]);
	seen.emit(what);
}

async function personId(name: string): Promise<string> {
	const row = await workspace.database.db
		.selectFrom("identities")
		.select("person_id")
		.where("external_id", "=", workspace.userId(name))
		.executeTakeFirstOrThrow();
	return row.person_id;
}

it("tells of a member's first mention, not of a guest's and not of replies", async () => {
	const mentioned = once(seen, "mentioned");
	const refused = await workspace.say("finn", "shop", "@bobbin fix it");
	const at = await workspace.say("mia", "shop", "@bobbin fix the cart in acme/web-shop");
	await mentioned;
	await workspace.say("mia", "shop", "and the total", at.threadTs);
	// Its session comes after the guest's refusal and the reply, in their lanes.
	const again = once(seen, "mentioned");
	await workspace.say("noah", "shop", "@bobbin do it for finn", refused.threadTs);
	await again;
	expect(told).toEqual([
		[
			"mentioned",
			{
				personId: await personId("mia"),
				text: "fix the cart in acme/web-shop",
				teamId: workspace.playground.connection.teamId,
				channelId: at.channelId,
			},
		],
		["mentioned", expect.objectContaining({ personId: await personId("noah"), text: "do it for finn" })],
	]);
});

it.each(["home", "messages"])("tells of a visit to the %s tab", async (tab) => {
	const visited = once(seen, "visited");
	await workspace.onPage("zoe", "home-open", { tab });
	await visited;
	expect(told).toEqual([["visited", { personId: await personId("zoe") }]]);
});
