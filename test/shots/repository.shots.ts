import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { createCompleteMove } from "../../src/sessions/routing/complete-move.ts";
import { openStage } from "./stage.ts";

test("which repository is meant, and the wrong one", async () => {
	await using stage = await openStage("repository", {
		repositoryId: async () => undefined,
		introduce: true,
	});
	const { work, take, repositories } = stage;
	const { db } = work.database;
	const at = await stage.begin("mia", "shop", "@bobbin round the totals");
	const { sessionId } = at;
	const mia = await stage.desk("mia", { height: 900 });
	await mia.openThread(at);
	await take("looking", await mia.message(/Finding out which repository/));
	await work.sessions.askRepository({
		sessionId,
		reason: "The shop and the price list both have totals.",
		candidates: ["web-shop", "py-pricing"].map((name) => ({
			repositoryId: repositories[name] ?? "",
			repository: `acme/${name}`,
		})),
	});
	await mia.message(/Which repository is this for/);
	await take("asked", mia.replies);
	await mia.press("Search all repositories");
	await mia.page.getByRole("option", { name: /No repository needed/ }).waitFor();
	await take("search", mia.window);
	await mia.page.keyboard.press("Escape");
	await mia.press("acme/web-shop");
	await mia.message(/👉/);
	await mia.message(/✅ Done/);
	await take("picked", mia.replies);

	await mia.press("Wrong repository?");
	await mia.message(/Where does this belong/);
	await take("wrong", mia.replies);
	await mia.press("Search repositories");
	await mia.page.getByRole("option", { name: /py-pricing/ }).click();
	await mia.message(/On its way/);
	await take("moving", mia.replies);
	const ids = { now: Date.now, newId: randomUUID };
	const sandboxes = { delete: async () => {} };
	const complete = createCompleteMove({ db, log: work.log, enqueue: work.enqueue, sandboxes, ...ids });
	await complete({ sessionId, kept: { outcome: "no_sandbox" } });
	await mia.message(/moved this from/);
	await mia.message(/✅ Done.*py-pricing/);
	await take("moved", mia.replies);

	const { channel } = await work.human("mia").conversations.create({ name: "new-place" });
	const { botUserId } = work.playground.connection;
	await work.human("mia").conversations.invite({ channel: channel?.id ?? "", users: botUserId });
	await mia.openChannel(channel?.id ?? "");
	await mia.message(/Hello! Mention me/, mia.channel);
	await take("first-time", mia.channel);
});
