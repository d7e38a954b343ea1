import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
const ATTACK = "<script>alert(1)</script>";
let running: RunningGithub;
let pullUrl: string;

beforeAll(async () => {
	running = await startPlaygroundGithub();
	const { token } = await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
	await pushBranch({
		url: withToken(running.github.gitUrl(SHOP), token),
		folder: join(running.workDir, "clone"),
		branch: "bobbin/page",
		files: {
			"src/cart.ts": `export const total = "${ATTACK}";\n`,
			"<b>.txt": "odd name\n",
			"picture.bin": "\0\u0001\0",
		},
		message: `Draw ${ATTACK}`,
	});
	const opened = await running.github.createPullRequest({
		...SHOP,
		branch: "bobbin/page",
		base: "main",
		title: `Title ${ATTACK}`,
		body: `## Why\n\n${ATTACK} and [a link](https://example.com/"onmouseover="x) and [no](javascript:alert(1))\n\n\`\`\`\n</code>${ATTACK}\n\`\`\``,
		draft: false,
	});
	pullUrl = opened.url;
});
afterAll(async () => {
	await running.stop();
});

const post = (action: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
	fetch(`${pullUrl}/${action}`, {
		method: "POST",
		body: new URLSearchParams(form),
		headers,
		redirect: "manual",
	});

describe("the page of a pull request", () => {
	it("shows title, description, commits and diff with everything escaped", async () => {
		const response = await fetch(pullUrl);
		const page = await response.text();
		expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
		expect(page).not.toContain("<script");
		expect(page).not.toContain('javascript:alert(1)"');
		expect(page).not.toContain('"onmouseover=');
		expect(page).toContain("Title &lt;script&gt;alert(1)&lt;/script&gt;");
		expect(page).toContain("<h2>Why</h2>");
		expect(page).toMatch(/<tr class="added">.*&lt;script&gt;alert/);
		expect(page).toMatch(/<tr class="removed">.*export const total = 1;/);
		expect(page).toContain("&lt;b&gt;.txt");
		expect(page).toContain("mia@acme.example");
	});

	it("gives the diff as text", async () => {
		const diff = await (await fetch(`${pullUrl}.diff`)).text();
		expect(diff).toContain("diff --git a/src/cart.ts b/src/cart.ts");
	});
});

describe("the other pages", () => {
	it.each([
		["/", "acme/shop"],
		["/acme/shop", "src"],
		["/acme/shop?path=src/cart.ts", "export const total = 1;"],
		["/acme/shop?ref=bobbin/page&path=src/cart.ts", "&lt;script&gt;"],
	])("%s shows %s", async (path, text) => {
		const response = await fetch(`${running.playground.connection.url}${path}`);
		expect(response.status).toBe(200);
		expect(await response.text()).toContain(text);
	});
	it.each(["/acme/gone", "/acme/shop/pull/99", "/acme/shop?ref=--help", "/acme/shop?path=../../x"])(
		"%s is not there",
		async (path) => {
			expect((await fetch(`${running.playground.connection.url}${path}`)).status).toBe(404);
		},
	);
});

describe("the buttons", () => {
	it("do nothing for a form of another site or a person who may not", async () => {
		expect((await post("merge", { as: "mia" }, { origin: "https://elsewhere.example" })).status).toBe(403);
		expect((await post("merge", { as: "nobody" })).status).toBe(404);
		const refused = await post("merge", { as: "zoe" });
		expect(refused.headers.get("location")).toContain("notice=");
		expect(await running.github.readPullRequest({ ...SHOP, number: 1 })).toMatchObject({ state: "open" });
	});

	it("close, reopen, approve and merge", async () => {
		const state = async () => (await running.github.readPullRequest({ ...SHOP, number: 1 })).state;
		await post("close", { as: "noah" });
		expect(await state()).toBe("closed");
		await post("reopen", { as: "noah" });
		expect(await state()).toBe("open");
		await post("approve", { as: "zoe" });
		expect(await (await fetch(pullUrl)).text()).toContain("approved");
		await post("merge", { as: "noah", method: "squash" });
		expect(await state()).toBe("merged");
		expect(await (await fetch(pullUrl)).text()).toContain("by noah");
	});
});
