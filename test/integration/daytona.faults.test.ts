import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Daytona, type Sandbox } from "@daytona/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProcRef, SandboxInfo } from "../../sandbox/provider.ts";
import type { DaytonaProvider } from "../../sandbox/providers/daytona/daytona-provider.ts";
import { type DaytonaSandboxes, prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { createFaults } from "../daytona/faults.ts";
import type { Skin } from "../daytona/start-skin.ts";
import { eventually } from "../harness/eventually.ts";

let sandboxes: DaytonaSandboxes;
let skin: Skin;
let provider: DaytonaProvider;
let box: SandboxInfo;
let sdk: Daytona;

beforeAll(async () => {
	sandboxes = await prepareDaytonaSandboxes();
	({ skin } = sandboxes);
	provider = sandboxes.open();
	box = await provider.create({ name: "faults" });
	sdk = new Daytona({ apiKey: skin.apiKey, apiUrl: skin.apiUrl, target: "eu", useDeprecatedPolling: true });
});
beforeEach(() => void Object.assign(skin.faults, createFaults()));
afterEach(() => expect(skin.mistakes.splice(0)).toEqual([]));
afterAll(() => sandboxes?.remove());

const say = async (id: string, command: string) =>
	(await provider.exec(id, { command, timeoutMs: 60_000 })).stdout.trim();
const asked = (pattern: RegExp) => skin.requests.filter((line) => pattern.test(line)).length;
const ended = (ref: ProcRef) =>
	eventually(async () => {
		const state = await provider.proc(box.id, ref);
		expect(state?.running).toBe(false);
		return state;
	});
const readAll = async (ref: ProcRef) =>
	Buffer.from((await provider.readLogs(box.id, ref, { stdout: 0, stderr: 0 })).stdout).toString();

describe("the stand-in is strict", () => {
	const headers = () => ({ authorization: `Bearer ${skin.apiKey}`, "content-type": "application/json" });

	test("refuses a wrong key, an unknown field and an unknown route", async () => {
		const ask = async (path: string, init: RequestInit) =>
			(await fetch(`${skin.apiUrl}${path}`, init)).status;
		expect(await ask("/sandbox", { headers: { authorization: "Bearer wrong" } })).toBe(401);
		const body = JSON.stringify({ name: "x", colour: "red" });
		expect(await ask("/sandbox", { method: "POST", headers: headers(), body })).toBe(400);
		expect(await ask("/sandbox?colour=red", { headers: headers() })).toBe(400);
		expect(await ask("/sandboxes", { headers: headers() })).toBe(404);
		expect(skin.mistakes.splice(0)).toHaveLength(3);
	});
	test("shows a preview to nobody without its token, and a page of warning to those who do not decline it", async () => {
		const target = await provider.portTarget(box.id, 8080);
		if (target.kind !== "http") throw new Error("expected an address");
		expect((await fetch(target.origin)).status).toBe(401);
		const { "x-daytona-preview-token": token = "" } = target.headers;
		const warned = await fetch(target.origin, { headers: { "x-daytona-preview-token": token } });
		expect(await warned.text()).toContain("preview");
	});
});

describe("a log socket that breaks", () => {
	async function startInSession(id: string, command: string): Promise<{ sandbox: Sandbox; command: string }> {
		const sandbox = await sdk.get(box.id);
		await sandbox.process.createSession(id);
		const { cmdId } = await sandbox.process.executeSessionCommand(id, { command, runAsync: true });
		return { sandbox, command: cmdId ?? "" };
	}
	const LINES = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.1; done; exit 7";

	test("ends the SDK's following in silence, and takes nothing from a journal", async () => {
		skin.faults.killLogSocketsAfterMs = 250;
		const { sandbox, command } = await startInSession("killed", "echo begun; sleep 600; echo over");
		let followed = "";
		await sandbox.process.getSessionCommandLogs(
			"killed",
			command,
			(chunk) => (followed += chunk),
			() => {},
		);
		expect(followed).not.toContain("over");

		const ref = await provider.spawn(box.id, { key: "killed", command: LINES });
		expect(await ended(ref)).toEqual({ running: false, exitCode: 7 });
		expect(await readAll(ref)).toBe("line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n");
	});
	test("breaks the SDK's following by one large frame, and no journal", async () => {
		skin.faults.oneBigFrame = true;
		const command = "head -c 200000 /dev/zero | tr '\\0' a";
		const begun = await startInSession("large", command);
		await eventually(async () => {
			const { exitCode } = await begun.sandbox.process.getSessionCommand("large", begun.command);
			expect(exitCode).toBe(0);
		});
		const following = begun.sandbox.process.getSessionCommandLogs(
			"large",
			begun.command,
			() => {},
			() => {},
		);
		await expect(following).rejects.toThrow();

		const ref = await provider.spawn(box.id, { key: "large", command });
		await ended(ref);
		expect(await readAll(ref)).toBe("a".repeat(200_000));
	});
});

describe("answers that are refused or lost", () => {
	test("429 is told with the time after which to try again", async () => {
		skin.faults.perMinute["sandbox-create"] = 0;
		const error = await provider.create({ name: "limited" }).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: "rate_limited", retryable: true });
		expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
		expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(60_000);
		expect(await provider.get("limited")).toBeNull();
	});
	test("a look-up that fails once is made again; one that fails twice is not told as absence", async () => {
		const lookUp = { on: /GET \/api\/sandbox\/faults$/, status: 502 };
		skin.faults.next = [lookUp];
		expect(await provider.get("faults")).toEqual(box);
		skin.faults.next = [lookUp, { ...lookUp }];
		await expect(provider.get("faults")).rejects.toMatchObject({ code: "unavailable", retryable: true });
	});
	test("a command whose answer is lost has run once, and its result comes", async () => {
		skin.faults.loseAnswer = [/POST \/toolbox\/[^/]+\/process\/execute$/];
		expect(await say(box.id, "echo once >> ~/once; cat ~/once")).toBe("once");
		expect(skin.faults.loseAnswer).toEqual([]);
		expect(await say(box.id, "cat ~/once")).toBe("once");
	});
	test("a process whose start was lost is started once", async () => {
		skin.faults.loseAnswer = [/POST \/toolbox\/[^/]+\/process\/execute$/];
		const ref = await provider.spawn(box.id, { key: "lost", command: "echo begun" });
		await ended(ref);
		expect(await readAll(ref)).toBe("begun\n");
	});
	test("a file whose writing was lost is whole", async () => {
		const path = `${box.homeDir}/lost.txt`;
		skin.faults.loseAnswer = [/POST \/toolbox\/[^/]+\/files\/bulk-upload$/, /process\/execute$/];
		await provider.writeFile(box.id, path, "whole");
		expect(await say(box.id, `cat ${path}`)).toBe("whole");
	});
	test("a sandbox whose creation was lost is found again, not made twice", async () => {
		skin.faults.loseAnswer = [/POST \/api\/sandbox$/];
		const made = await provider.create({ name: "lost" });
		expect(await say(made.id, "echo well")).toBe("well");
		expect([...skin.boxes.values()].filter(({ dto }) => dto.name === "lost")).toHaveLength(1);
		await provider.delete(made.id);
	});
	test("a key that is not known is told, also by the doctor", async () => {
		const stranger = sandboxes.open({ apiKey: "wrong" });
		const { ok, problems } = await stranger.doctor();
		expect({ ok, text: problems[0]?.message }).toMatchObject({
			ok: false,
			text: expect.stringContaining("DAYTONA_API_KEY"),
		});
		await expect(stranger.get("faults")).rejects.toMatchObject({ code: "invalid" });
	});
});

describe("sandboxes that do not come up", () => {
	test("one that stays starting is given up at the limit and removed", async () => {
		const hasty = sandboxes.open({ limits: { startMs: 400, pollMs: 10 } });
		skin.faults.stuckStarting = true;
		const created = hasty.create({ name: "stuck" });
		await expect(created).rejects.toMatchObject({ code: "timeout", retryable: true });
		expect(await provider.get("stuck")).toBeNull();
	});
	test("a failure that can be mended is mended, at creation and at a start", async () => {
		skin.faults.failStart = { recoverable: true };
		const { id } = await provider.create({ name: "mended" });
		expect(await say(id, "echo well; echo kept > ~/kept")).toBe("well");
		await provider.stop(id);
		skin.faults.failStart = { recoverable: true };
		await provider.ensureStarted(id);
		expect(await say(id, "cat ~/kept")).toBe("kept");
		expect(asked(/POST .*\/recover$/)).toBe(2);
		await provider.delete(id);
	});
	test("a failure for good is told with its reason; a new sandbox that failed is removed", async () => {
		skin.faults.failStart = { recoverable: false };
		const created = provider.create({ name: "failed" });
		await expect(created).rejects.toMatchObject({
			code: "unavailable",
			message: expect.stringContaining("the runner lost it"),
		});
		expect(await provider.get("failed")).toBeNull();
	});
	test("one that was stopped and stays starting, then fails for good, is told as such each time; its deletion is asked for again while it is refused", async () => {
		const { id } = await provider.create({ name: "stuck-later" });
		await provider.stop(id);
		skin.faults.stuckStarting = true;
		const hasty = sandboxes.open({ limits: { startMs: 400, pollMs: 10 } });
		await expect(hasty.ensureStarted(id)).rejects.toMatchObject({ code: "timeout" });

		skin.faults.stuckStarting = false;
		await skin.autoStop(id);
		skin.faults.failStart = { recoverable: false };
		await expect(provider.ensureStarted(id)).rejects.toMatchObject({ code: "unavailable" });
		expect(await provider.get(id)).toMatchObject({ state: "error", errorReason: "the runner lost it" });

		skin.faults.refuseDeletes = 3;
		await provider.delete(id);
		expect(await provider.get(id)).toBeNull();
	});
});

describe("a sandbox that Daytona stops in mid-turn", () => {
	test("is told as not running, and goes on with its files after a start", async () => {
		const { id } = await provider.create({ name: "stopped" });
		const ref = await provider.spawn(id, { key: "agent", command: "echo work > ~/work; sleep 600" });
		await eventually(async () => expect(await say(id, "cat ~/work")).toBe("work"));
		const before = await provider.portTarget(id, 8080);
		await skin.autoStop(id);
		await expect(provider.proc(id, ref)).rejects.toMatchObject({ code: "conflict" });
		await provider.ensureStarted(id);
		expect(await provider.proc(id, ref)).toBeNull();
		expect(await say(id, "cat ~/work")).toBe("work");
		expect(await provider.portTarget(id, 8080)).not.toEqual(before);
		await provider.delete(id);
	});
	test("is kept awake by being touched, and by nothing that only looks", async () => {
		const state = skin.boxes.get(box.id);
		const before = state?.touched ?? 0;
		const target = await provider.portTarget(box.id, 8080);
		if (target.kind === "http") await fetch(target.origin, { headers: target.headers });
		expect(state?.touched).toBe(before);
		await provider.touch(box.id);
		expect(state?.touched).toBe(before + 1);
		expect(state?.dto.autoStopInterval).toBe(60);
	});
});

describe("snapshots", () => {
	test("one that fails in silence is told, and can be taken again", async () => {
		skin.faults.silentSnapshotFailure = true;
		const hasty = sandboxes.open({ limits: { snapshotAppearsMs: 200, pollMs: 10 } });
		await expect(hasty.snapshot(box.id, "silent")).rejects.toMatchObject({
			code: "unavailable",
			retryable: true,
			message: expect.stringContaining("there is none"),
		});
		skin.faults.silentSnapshotFailure = false;
		expect(await provider.snapshot(box.id, "silent")).toMatchObject({ name: "silent" });
	});
	test("where forking is refused, a snapshot makes the copy, also one that Daytona has set aside", async () => {
		await say(box.id, "echo forked > ~/forked");
		const sandbox = await sdk.get(box.id);
		await expect(sandbox.fork({ name: "fork" })).rejects.toMatchObject({ statusCode: 422 });
		await provider.snapshot(box.id, "fork");
		for (const { dto } of skin.snapshots.values()) if (dto.name === "fork.test") dto.state = "inactive";
		expect(await provider.getSnapshot("fork")).toMatchObject({ name: "fork" });
		const { id, snapshot } = await provider.create({ name: "fork", snapshot: "fork" });
		expect(snapshot).toBe("fork");
		expect(await say(id, "cat ~/forked")).toBe("forked");
		await provider.delete(id);
	});
	test("one that is older than our tools gets the new ones", async () => {
		await provider.snapshot(box.id, "older");
		const guestDir = await mkdtemp(join(tmpdir(), "bobbin-guest-"));
		await writeFile(join(guestDir, "hello.sh"), "#!/bin/sh\necho new\n", { mode: 0o755 });
		const newer = sandboxes.open({ tools: { ...sandboxes.tools, guestDir } });
		const { id, toolsDir } = await newer.create({ name: "older", snapshot: "older" });
		expect(toolsDir).not.toBe(box.toolsDir);
		const { stdout } = await newer.exec(id, { command: `${toolsDir}/guest/hello.sh`, timeoutMs: 60_000 });
		expect(stdout).toBe("new\n");
		await provider.delete(id);
		await rm(guestDir, { recursive: true });
	});
	test("another Bobbin's are neither listed nor deleted", async () => {
		const other = sandboxes.open({ scope: "other" });
		await provider.snapshot(box.id, "mine");
		expect(await other.listSnapshots()).toEqual([]);
		await other.deleteSnapshot("mine");
		expect(await provider.getSnapshot("mine")).not.toBeNull();
		expect(await other.list()).toEqual([]);
		await expect(other.create({ name: box.name })).rejects.toMatchObject({ code: "conflict" });
	});
});

describe("limits of the organisation", () => {
	test("a list of hosts goes with every sandbox, and is left out where the tier refuses it", async () => {
		const strict = sandboxes.open({ allowHosts: ["registry.example", ".below.example"] });
		const allowed = await strict.create({ name: "allowed" });
		expect(skin.boxes.get(allowed.id)?.dto.domainAllowList).toBe(
			"127.0.0.1,registry.example,*.below.example",
		);
		await provider.delete(allowed.id);
		skin.faults.refuseAllowList = true;
		const warn = vi.fn();
		const poor = sandboxes.open({ allowHosts: ["registry.example"], log: { info: () => {}, warn } });
		expect((await poor.doctor()).capabilities.networkPolicy).toBe(true);
		const first = await poor.create({ name: "refused-1" });
		const second = await poor.create({ name: "refused-2" });
		expect((await poor.doctor()).capabilities.networkPolicy).toBe(false);
		expect(warn).toHaveBeenCalledOnce();
		await Promise.all([first, second].map(({ id }) => provider.delete(id)));
	});

	test("a list that is refused by mistake is set after all", async () => {
		const strict = sandboxes.open({ allowHosts: ["registry.example"] });
		skin.faults.next = [{ on: /POST \/api\/sandbox$/, status: 400 }];
		const { id } = await strict.create({ name: "once", allowHosts: ["own.example"] });
		expect(skin.boxes.get(id)?.dto.domainAllowList).toBe("127.0.0.1,registry.example,own.example");
		expect((await strict.doctor()).capabilities.networkPolicy).toBe(true);
		await provider.delete(id);
	});

	test("where there is no room, what failed is deleted and what has long been idle is archived", async () => {
		const [failed, idle] = await Promise.all([
			provider.create({ name: "room-failed" }),
			provider.create({ name: "room-idle" }),
		]);
		await say(idle.id, "echo kept > ~/kept");
		await Promise.all([provider.stop(failed.id), provider.stop(idle.id)]);
		skin.faults.failStart = { recoverable: false };
		await provider.ensureStarted(failed.id).catch(() => {});
		skin.faults.maxOnDisk = skin.boxes.size;
		const later = sandboxes.open({ now: () => Date.now() + 2 * 60 * 60_000 });
		const { id } = await later.create({ name: "room-new" });
		expect(await provider.get(failed.id)).toBeNull();
		expect(skin.boxes.get(idle.id)?.dto.state).toBe("archived");
		expect(skin.boxes.get(box.id)?.dto.state).toBe("started");
		await provider.delete(id);
		skin.faults.maxOnDisk = Number.POSITIVE_INFINITY;
		await provider.ensureStarted(idle.id);
		expect(await say(idle.id, "cat ~/kept")).toBe("kept");
		await provider.delete(idle.id);
	});
	test("a list that cannot be set keeps the sandbox from being used", async () => {
		const strict = sandboxes.open({ allowHosts: ["registry.example"] });
		skin.faults.next = [
			{ on: /POST \/api\/sandbox$/, status: 400 },
			...Array.from({ length: 4 }, () => ({ on: /network-settings$/, status: 503 })),
		];
		await expect(strict.create({ name: "open" })).rejects.toMatchObject({ code: "unavailable" });
		expect(await provider.get("open")).toBeNull();
	});
	test("a name whose sandbox is being deleted is free when it is gone", async () => {
		const { id } = await provider.create({ name: "again" });
		const deleting = provider.delete(id);
		const next = await sandboxes.open().create({ name: "again" });
		await deleting;
		expect(next.id).not.toBe(id);
		await provider.delete(next.id);
	});
	test("where no room can be made, it says so", async () => {
		skin.faults.maxOnDisk = 0;
		const created = sandboxes.open().create({ name: "no-room" });
		await expect(created).rejects.toMatchObject({
			code: "quota",
			message: expect.stringContaining("no room"),
		});
	});
});

describe("the base snapshot", () => {
	const noBuilderIsLeft = () =>
		eventually(() => {
			const names = [...skin.boxes.values()].map(({ dto }) => dto.name);
			expect(names.filter((name) => name.endsWith("-builder"))).toEqual([]);
		});

	test("is built once by all who need it at once", async () => {
		const image = "debian:once";
		const before = skin.snapshots.size;
		const namesOfEach = [["base-1", "base-2"], ["base-3"]];
		const made = await Promise.all(
			namesOfEach.flatMap((names) => {
				const one = sandboxes.open({ image });
				return names.map((name) => one.create({ name }));
			}),
		);
		expect(skin.snapshots.size).toBe(before + 1);
		await noBuilderIsLeft();
		await Promise.all(made.map(({ id }) => provider.delete(id)));
	});
	test("is finished by another where its builder's maker died", async () => {
		const image = "debian:died";
		skin.faults.next = [{ on: /files\/bulk-upload$/, status: 500 }];
		// As one that is killed: it fails, and takes nothing away.
		skin.faults.refuseDeletes = 1;
		await expect(sandboxes.open({ image }).create({ name: "died" })).rejects.toThrow();
		const left = [...skin.boxes.values()].find(({ dto }) => dto.name.endsWith("-builder"));
		expect(left?.dto.state).toBe("started");
		const later = sandboxes.open({ image, now: () => Date.now() + 10 * 60_000 });
		const { id } = await later.create({ name: "died" });
		await noBuilderIsLeft();
		await provider.delete(id);
	});
	test("is not tried again at once after a failure", async () => {
		const one = sandboxes.open({ image: "debian:broken" });
		skin.faults.next = [{ on: /files\/bulk-upload$/, status: 500 }];
		await expect(one.create({ name: "broken-1" })).rejects.toMatchObject({ code: "unavailable" });
		// What is left of the failure may still be taken away.
		const tries = () => asked(/^POST /);
		const before = tries();
		await expect(one.create({ name: "broken-2" })).rejects.toMatchObject({ code: "unavailable" });
		expect(tries()).toBe(before);
		await noBuilderIsLeft();
	});
	test("is not made where Bobbin cannot be reached from inside", async () => {
		const one = sandboxes.open({ image: "debian:far", publicUrl: "http://127.0.0.1:9" });
		await expect(one.create({ name: "far" })).rejects.toMatchObject({
			code: "unsupported",
			message: expect.stringContaining("PUBLIC_URL"),
		});
	});
	test("needs PUBLIC_URL, and the doctor says so", async () => {
		const one = sandboxes.open({ publicUrl: null });
		await expect(one.create({ name: "nowhere" })).rejects.toMatchObject({ code: "unsupported" });
		expect((await one.doctor()).problems.map(({ code }) => code)).toEqual(["public_url_missing"]);
	});
});

describe("what is left over", () => {
	test("is deleted when it is old, ours and not wanted, on whichever page it stands", async () => {
		const unwanted = ["unwanted-1", "unwanted-2", "unwanted-3"];
		await Promise.all(
			["wanted", ...unwanted].map((name) => provider.create({ name, labels: { paged: "yes" } })),
		);
		await provider.recover(["wanted", box.name]);
		expect(await provider.list({ paged: "yes" })).toHaveLength(4);
		const later = sandboxes.open({ now: () => Date.now() + 3 * 60 * 60_000 });
		await later.recover(["wanted", box.name]);
		expect((await provider.list()).map(({ name }) => name).sort()).toEqual(["faults", "wanted"]);
	});
});
