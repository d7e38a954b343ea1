import { createHmac } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createGit } from "../../src/playground/github/git.ts";
import {
	createTemporaryFolder,
	git,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
interface Received {
	event: string;
	delivery: string;
	signed: boolean;
	payload: { action?: string; ref?: string; after?: string; number?: number; sender: { login: string } };
}

/** Takes webhooks; answers with what `status` says at that moment. */
function receive(running: RunningGithub, status: () => number) {
	const received: Received[] = [];
	const waiting: { count: number; resolve: () => void }[] = [];
	running.onWebhook(async (request) => {
		const body = await request.text();
		const digest = createHmac("sha256", running.playground.connection.webhookSecret)
			.update(body)
			.digest("hex");
		received.push({
			event: request.headers.get("x-github-event") ?? "",
			delivery: request.headers.get("x-github-delivery") ?? "",
			signed: request.headers.get("x-hub-signature-256") === `sha256=${digest}`,
			payload: JSON.parse(body) as Received["payload"],
		});
		for (const { count, resolve } of waiting) if (received.length >= count) resolve();
		return new Response(null, { status: status() });
	});
	const atLeast = (count: number) =>
		new Promise<void>((resolve) => {
			if (received.length >= count) resolve();
			else waiting.push({ count, resolve });
		});
	return { received, atLeast };
}

async function push(running: RunningGithub, folder: string, branch: string): Promise<string> {
	const { token } = await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
	return pushBranch({
		url: withToken(running.github.gitUrl(SHOP), token),
		folder: join(folder, branch.replace("/", "-")),
		branch,
		files: { "a.txt": `${branch}\n` },
	});
}

it("signs its webhooks and repeats one until it is taken, with the same delivery id", async () => {
	await using folder = await createTemporaryFolder();
	const running = await startPlaygroundGithub();
	let refusals = 1;
	const { received, atLeast } = receive(running, () => (refusals-- > 0 ? 500 : 202));
	const sha = await push(running, folder.path, "bobbin/a");
	await atLeast(2);
	expect(received).toMatchObject([
		{ event: "push", signed: true, payload: { ref: "refs/heads/bobbin/a", after: sha } },
		{ event: "push", signed: true, payload: { sender: { login: "bobbin[bot]" } } },
	]);
	expect(received[0]?.delivery).toBe(received[1]?.delivery);
	await running.stop();
});

it("sends what was left when it starts again, and keeps secrets, tokens and pull requests", async () => {
	await using folder = await createTemporaryFolder();
	const dataDir = join(folder.path, "data");
	const first = await startPlaygroundGithub({ dataDir });
	const refused = receive(first, () => 503);
	await push(first, folder.path, "bobbin/b");
	const opened = await first.github.createPullRequest({
		...SHOP,
		branch: "bobbin/b",
		base: "main",
		title: "Kept",
		body: "",
		draft: false,
	});
	await refused.atLeast(1);
	await first.stop();

	const second = await startPlaygroundGithub({ dataDir });
	const { received, atLeast } = receive(second, () => 202);
	expect(second.playground.connection).toMatchObject({
		privateKey: first.playground.connection.privateKey,
		webhookSecret: first.playground.connection.webhookSecret,
	});
	expect(await second.github.readPullRequest({ ...SHOP, number: 1 })).toMatchObject({
		title: "Kept",
		headSha: opened.headSha,
	});
	await atLeast(2);
	// What was refused waits longer before it is sent again than what was not yet tried: no order is promised.
	expect(received.map(({ event, payload }) => [event, payload.action]).sort()).toEqual([
		["pull_request", "opened"],
		["push", undefined],
	]);
	await second.stop();
});

it("tells of a push and of a merge that a killed process had done but not yet told", async () => {
	await using folder = await createTemporaryFolder();
	const dataDir = join(folder.path, "data");
	const first = await startPlaygroundGithub({ dataDir });
	first.onWebhook(async () => new Response(null, { status: 202 }));
	const head = await push(first, folder.path, "bobbin/c");
	const pull = { ...SHOP, branch: "bobbin/c", base: "main", title: "C", body: "", draft: false };
	await first.github.createPullRequest(pull);
	await first.playground.settleWebhooks();
	await first.stop();

	// What git had done when the process died: a branch more, and the base moved on to the head.
	const bare = createGit(join(dataDir, "playground", "github")).path(SHOP);
	await git(bare, "update-ref", "refs/heads/late", head);
	await git(bare, "update-ref", "refs/heads/main", head);

	const second = await startPlaygroundGithub({ dataDir });
	const { received, atLeast } = receive(second, () => 202);
	await atLeast(3);
	const told = received.map(({ event, payload }) => `${event} ${payload.ref ?? payload.action}`);
	expect(told.toSorted()).toEqual(["pull_request closed", "push refs/heads/late", "push refs/heads/main"]);
	expect(await second.github.readPullRequest({ ...SHOP, number: 1 })).toMatchObject({
		state: "merged",
		additions: 1,
	});
	await second.stop();
});
