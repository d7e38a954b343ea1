import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createDockerProvider } from "../../sandbox/providers/docker/docker-provider.ts";
import { createEngine, type Engine } from "../../sandbox/providers/docker/engine.ts";
import { packTar } from "../../sandbox/providers/docker/tar.ts";

let dir: string;
let engine: Engine;
let version: object = { ApiVersion: "1.44", MinAPIVersion: "1.24" };
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = http.createServer((request, response) => {
	if (request.url === "/version") response.end(JSON.stringify(version));
	else answer(request, response);
});

beforeAll(async () => {
	dir = await mkdtemp("/tmp/bobbin-engine-stub-");
	await new Promise<void>((resolve) => server.listen(join(dir, "engine.sock"), resolve));
	engine = createEngine(`unix://${dir}/engine.sock`);
});
afterAll(async () => {
	await engine.close();
	server.close();
	await rm(dir, { recursive: true });
});

describe("the engine's answers", () => {
	test.each([
		[400, "invalid", false],
		[403, "unsupported", false],
		[404, "not_found", false],
		[409, "conflict", false],
		[429, "rate_limited", true],
		[500, "unavailable", true],
		[503, "unavailable", true],
	])("status %i is %s", async (status, code, retryable) => {
		answer = (_, response) => response.writeHead(status).end(JSON.stringify({ message: "said so" }));
		const told = engine.tell({ method: "POST", path: "/x" });
		await expect(told).rejects.toMatchObject({
			code,
			retryable,
			message: expect.stringContaining("said so"),
		});
	});
	test("a failure in another form is told as it is", async () => {
		answer = (_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>");
		const told = engine.tell({ method: "GET", path: "/x" });
		await expect(told).rejects.toMatchObject({
			code: "unavailable",
			message: expect.stringContaining("<h1>"),
		});
	});
	test("a look-up is null for 404 only", async () => {
		answer = (_, response) => response.writeHead(404).end("{}");
		expect(await engine.find(z.object({}), "/x")).toBeNull();
		answer = (_, response) => response.writeHead(500).end("{}");
		await expect(engine.find(z.object({}), "/x")).rejects.toMatchObject({ code: "unavailable" });
	});
	test("an answer that makes no sense is no answer", async () => {
		answer = (_, response) => response.end('{"Id": 7}');
		const asked = engine.ask(z.object({ Id: z.string() }), { method: "GET", path: "/x" });
		await expect(asked).rejects.toMatchObject({ code: "unavailable" });
	});
	test("an answer that breaks off is unavailable", async () => {
		answer = (_, response) =>
			response.writeHead(200, { "content-length": 100 }).write("x", () => response.destroy());
		await expect(engine.read({ method: "GET", path: "/x" })).rejects.toMatchObject({
			code: "unavailable",
			retryable: true,
		});
	});
});

describe("the version that is spoken", () => {
	test.each([
		["an old engine's own", { ApiVersion: "1.41", MinAPIVersion: "1.24" }, "/v1.41/x"],
		["the one that this was written for", { ApiVersion: "1.60", MinAPIVersion: "1.44" }, "/v1.47/x"],
		["the oldest of an engine that is newer", { ApiVersion: "1.60", MinAPIVersion: "1.52" }, "/v1.52/x"],
		["an engine's that names no oldest", { ApiVersion: "1.41" }, "/v1.41/x"],
	])("is %s", async (_, offered, path) => {
		version = offered;
		let asked = "";
		answer = (request, response) => {
			asked = request.url ?? "";
			response.end("{}");
		};
		const fresh = createEngine(`unix://${dir}/engine.sock`);
		await fresh.tell({ method: "GET", path: "/x" });
		await fresh.close();
		expect(asked).toBe(path);
	});
});

describe("an engine that cannot be used", () => {
	const open = (host: string) =>
		createDockerProvider({
			host,
			base: null,
			rootDir: join(dir, "root"),
			nodeBinary: process.execPath,
			opencodeBinary: null,
			guestDir: dir,
			gateway: (_, response) => response.end(),
			allowHosts: [],
			memoryMiB: 256,
			log: { info: () => {}, warn: () => {} },
		});

	test("is told by the doctor, with a way to mend it", async () => {
		const provider = open(`unix://${dir}/none.sock`);
		const report = await provider.doctor();
		expect(report).toMatchObject({ ok: false, problems: [{ code: "engine_unusable" }] });
		expect(report.problems[0]?.message).toContain(`${dir}/none.sock`);
		expect(report.problems[0]?.fix).toContain("Docker");
		await expect(provider.create({ name: "x" })).rejects.toMatchObject({ code: "unavailable" });
		await expect(provider.get("x")).rejects.toMatchObject({ code: "unavailable" });
		await provider.close();
	});
	test.each(["ssh://host", "npipe:////./pipe/docker", "https://host:2376", ""])("%j is refused", (host) => {
		expect(() => open(host)).toThrow(expect.objectContaining({ code: "unsupported" }));
	});
	test("one of Windows containers is told by the doctor", async () => {
		answer = (request, response) =>
			request.url?.endsWith("/info")
				? response.end(
						JSON.stringify({ OSType: "windows", MemoryLimit: true, PidsLimit: true, CpuCfsQuota: false }),
					)
				: response.writeHead(404).end("{}");
		version = { ApiVersion: "1.44" };
		const provider = open(`unix://${dir}/engine.sock`);
		const report = await provider.doctor();
		expect(report).toMatchObject({ ok: false, problems: [{ code: "not_linux" }] });
		expect(report.capabilities.limitsEnforced).toBe(false);
		await provider.close();
	});
});

test("an archive is unpacked by tar as it was packed", async () => {
	const content = "x".repeat(700);
	const archive = packTar([
		{ path: "a/", kind: "folder", mode: 0o750, owner: 1000 },
		{ path: "a/file", kind: "file", mode: 0o640, owner: 1000, content },
		{ path: "a/empty", kind: "file", mode: 0o644, owner: 0, content: "" },
		{ path: "a/link", kind: "link", mode: 0o777, owner: 0, content: "file" },
	]);
	await writeFile(join(dir, "a.tar"), archive);
	const listed = execFileSync("tar", ["-tv", "--numeric-owner", "-f", join(dir, "a.tar")], {
		encoding: "utf8",
	});
	expect(listed).toContain("drwxr-x--- 1000/1000");
	execFileSync("tar", ["-x", "-C", dir, "-f", join(dir, "a.tar")]);
	expect((await readdir(join(dir, "a"))).sort()).toEqual(["empty", "file", "link"]);
	expect(await readFile(join(dir, "a/link"), "utf8")).toBe(content);
	expect(await readlink(join(dir, "a/link"))).toBe("file");
	expect((await stat(join(dir, "a"))).mode & 0o777).toBe(0o750);
});
