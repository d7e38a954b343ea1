import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";

let app: PlaygroundApp<"mia">;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia"]);
});
afterAll(() => app?.remove());

interface Image {
	type: string;
	alt_text: string;
	slack_file: { id: string };
}

test("a picture that the agent made is in its answer, on the session's page and in the pull request that follows", async () => {
	const { mia } = app.people;
	const text = "@bobbin make a chart of the code (in web-shop)";
	const at = { channel: "general", threadTs: await mia.post({ channel: "general", text }) };
	const image = await mia.waitForThread({ ...at, what: "the chart in the answer" }, (messages) =>
		messages
			.filter(({ text: said }) => said.includes("largest files"))
			.flatMap(({ blocks = [] }) => blocks as Image[])
			.find(({ type }) => type === "image"),
	);
	expect(image.alt_text).toBe("Lines of the largest files");
	const { rows } = await app.database.pool.query<{ session_id: string; id: string }>(
		"select session_id, id from pictures",
	);
	expect(rows).toHaveLength(1);
	const [{ session_id: sessionId, id } = { session_id: "", id: "" }] = rows;
	const page = await fetch(`${app.origin}/sessions/${sessionId}`);
	expect(await page.text()).toContain(`<img src="/sessions/${sessionId}/pictures/${id}"`);
	const picture = await fetch(`${app.origin}/sessions/${sessionId}/pictures/${id}`);
	expect(picture.headers.get("content-type")).toBe("image/png");

	await mia.post({ ...at, text: "@bobbin fix pagination" });
	const url = await mia.waitForThread({ ...at, what: "the pull request" }, (messages) =>
		/http[^\s"|>]+\/pull\/\d+/.exec(JSON.stringify(messages.flatMap(({ blocks = [] }) => blocks)))?.at(0),
	);
	const shown = await (await fetch(url)).text();
	expect(shown).toContain("Screenshots");
	const [, src = ""] = /<img src="([^"]+blob[^"]+)"/.exec(shown) ?? [];
	const there = await fetch(new URL(src.replaceAll("&amp;", "&"), url));
	expect(Buffer.from(await there.arrayBuffer())).toEqual(Buffer.from(await picture.arrayBuffer()));
});
