import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PortTarget, ProcRef, SandboxInfo, SandboxProvider } from "../../sandbox/provider.ts";
import { eventually } from "../harness/eventually.ts";

export interface SandboxFixture {
	provider: SandboxProvider;
	/** Another process's view of the same sandboxes. */
	another: SandboxProvider;
	/** Sets who answers at the gateway address of the sandboxes. */
	onGateway(handle: (request: IncomingMessage, response: ServerResponse) => void): void;
	stop(): Promise<void>;
}

/** What every kind of sandbox must do. */
export function describeSandboxProvider(name: string, createFixture: () => Promise<SandboxFixture>): void {
	describe(`sandbox provider: ${name}`, () => {
		let fixture: SandboxFixture;
		let provider: SandboxProvider;
		let box: SandboxInfo;

		beforeAll(async () => {
			fixture = await createFixture();
			provider = fixture.provider;
			box = await provider.create({
				name: "contract-1",
				labels: { session: "s1" },
				env: { GREETING: 'it\'s "quoted" $HOME\nand long' },
			});
		});
		afterAll(() => fixture?.stop());

		const run = (
			command: string,
			more: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
		) => provider.exec(box.id, { command, timeoutMs: 60_000, ...more });
		const say = async (command: string) => (await run(command)).stdout.trim();
		// The bracket keeps the search from finding itself.
		const countOf = (argument: string) => say(`ps -eo args | grep -c '^[s]leep ${argument}$'`);
		const ended = async (ref: ProcRef) =>
			eventually(async () => {
				const state = await provider.proc(box.id, ref);
				expect(state?.running).toBe(false);
				return state;
			});
		const logOf = async (ref: ProcRef) => {
			const logs = await provider.readLogs(box.id, ref, { stdout: 0, stderr: 0 });
			return { stdout: Buffer.from(logs.stdout).toString(), stderr: Buffer.from(logs.stderr).toString() };
		};

		test("says what it can do", async () => {
			expect(await provider.doctor()).toMatchObject({ ok: true, problems: [] });
		});

		describe("create, get and list", () => {
			test("creating a name twice gives the same sandbox", async () => {
				await run("touch ~/mark");
				expect(await provider.create({ name: "contract-1" })).toEqual(box);
				expect(await say("ls ~/mark")).toBe(`${box.homeDir}/mark`);
			});
			test("creating a name twice at once gives one sandbox", async () => {
				const spec = { name: "contract-twice" };
				const [a, b] = await Promise.all([provider.create(spec), provider.create(spec)]);
				expect(a).toEqual(b);
				await provider.delete(a.id);
			});
			test.each(["", "../up", "UPPER", "a".repeat(64), "-x", "a/b"])("refuses the name %j", async (bad) => {
				await expect(async () => provider.create({ name: bad })).rejects.toMatchObject({ code: "invalid" });
				expect(await provider.get(bad)).toBeNull();
			});
			test("finds a sandbox by id and by name", async () => {
				expect(box).toMatchObject({ state: "started", labels: { session: "s1" } });
				expect(await provider.get(box.id)).toEqual(box);
				expect(await provider.get(box.name)).toEqual(box);
			});
			test("an unknown sandbox is null, and not found for every act", async () => {
				expect(await provider.get("contract-none")).toBeNull();
				const notFound = { code: "not_found" };
				await expect(
					provider.exec("contract-none", { command: "true", timeoutMs: 1000 }),
				).rejects.toMatchObject(notFound);
				await expect(provider.stop("contract-none")).rejects.toMatchObject(notFound);
				await expect(provider.ensureStarted("contract-none")).rejects.toMatchObject(notFound);
			});
			test("lists by label", async () => {
				expect(await provider.list({ session: "s1" })).toEqual([box]);
				expect(await provider.list({ session: "other" })).toEqual([]);
			});
			test.each([0, 20, 60])("a create that is cancelled after %i ms leaves nothing", async (afterMs) => {
				// A fast provider may have made it by then: it is cancelled earlier.
				for (let earlierMs = afterMs; ; earlierMs = Math.floor(earlierMs / 2)) {
					const signal = earlierMs === 0 ? AbortSignal.abort() : AbortSignal.timeout(earlierMs);
					const [created] = await Promise.allSettled([
						provider.create({ name: "contract-cancelled" }, signal),
					]);
					if (created.status === "fulfilled" && earlierMs > 0) {
						await provider.delete("contract-cancelled");
						continue;
					}
					expect(created).toMatchObject({ status: "rejected", reason: { name: "SandboxError" } });
					break;
				}
				expect(await provider.get("contract-cancelled")).toBeNull();
			});
		});

		describe("exec", () => {
			test("gives both streams and the exit code", async () => {
				expect(await run("echo out; echo err >&2; exit 7")).toEqual({
					exitCode: 7,
					stdout: "out\n",
					stderr: "err\n",
					truncated: false,
				});
			});
			test("a signal shows in the exit code", async () => {
				expect((await run("kill -TERM $$")).exitCode).toBe(143);
			});
			test("begins in the home folder, or where it is told", async () => {
				expect(await say("pwd; echo $HOME")).toBe(`${box.homeDir}\n${box.homeDir}`);
				expect((await run("pwd", { cwd: "/usr" })).stdout).toBe("/usr\n");
			});
			test("a folder that is not there is invalid", async () => {
				await expect(run("true", { cwd: "/no/such" })).rejects.toMatchObject({ code: "invalid" });
			});
			test("hands on environment and input untouched", async () => {
				const env = { TRICKY: "$(touch /tmp/hacked) `id` ' \" ; &\nline" };
				const result = await run('printf "%s|%s|" "$TRICKY" "$GREETING"; cat', { env, stdin: "in; $put\n" });
				expect(result.stdout).toBe(`${env.TRICKY}|it's "quoted" $HOME\nand long|in; $put\n`);
			});
			test("a command that reads no input does not mind a lot of it", async () => {
				expect((await run("true", { stdin: "x".repeat(1_000_000) })).exitCode).toBe(0);
			});
			test("keeps a line of 200 KB whole", async () => {
				const { stdout, truncated } = await run("head -c 200000 /dev/zero | tr '\\0' a");
				expect(stdout).toBe("a".repeat(200_000));
				expect(truncated).toBe(false);
			});
			test("cuts output at 1 MiB a stream and says so", async () => {
				const { stdout, stderr, truncated } = await run("head -c 3000000 /dev/zero | tr '\\0' a; echo e >&2");
				expect([stdout.length, stderr, truncated]).toEqual([1024 * 1024, "e\n", true]);
			});
			test("gives invalid UTF-8 as replacement characters", async () => {
				expect((await run("printf 'a\\377b'")).stdout).toBe("a\uFFFDb");
			});
			test("a time-out ends the command with children that left its group", async () => {
				const slow = provider.exec(box.id, { command: "setsid sleep 3141 & sleep 3141", timeoutMs: 300 });
				await expect(slow).rejects.toMatchObject({ code: "timeout" });
				expect(await countOf("3141")).toBe("0");
			});
			test("does not wait for a child in the background, which lives on", async () => {
				expect((await run("sleep 2718 & echo started")).stdout).toBe("started\n");
				// A shell has begun it before it is itself what it is to be.
				await eventually(async () => expect(await countOf("2718")).toBe("1"));
				await provider.killStrays(box.id, []);
				expect(await countOf("2718")).toBe("0");
			});
			test("runs several at once", async () => {
				const all = await Promise.all(Array.from({ length: 8 }, (_, index) => say(`echo ${index}`)));
				expect(all).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
			});
		});

		describe("spawn and its journal", () => {
			test("output is read by byte offset and ends with an exit code", async () => {
				const ref = await provider.spawn(box.id, {
					key: "count",
					command: "echo one; echo two; echo e >&2; exit 3",
				});
				expect(await ended(ref)).toEqual({ running: false, exitCode: 3 });
				expect(await logOf(ref)).toEqual({ stdout: "one\ntwo\n", stderr: "e\n" });
				const rest = await provider.readLogs(box.id, ref, { stdout: 4, stderr: 2 });
				expect(Buffer.from(rest.stdout).toString()).toBe("two\n");
				expect(rest.stderr).toHaveLength(0);
				expect(rest.next).toEqual({ stdout: 8, stderr: 2 });
			});
			test("a key that runs is not started again; one that has ended is, and its journal goes on", async () => {
				const process = { key: "once", command: "echo begun; read line < ~/pipe; echo $line" };
				await run("mkfifo ~/pipe");
				const ref = await provider.spawn(box.id, process);
				await eventually(async () => expect((await logOf(ref)).stdout).toBe("begun\n"));
				await provider.spawn(box.id, process);
				await run("echo go > ~/pipe");
				await ended(ref);
				expect((await logOf(ref)).stdout).toBe("begun\ngo\n");
				await provider.spawn(box.id, { key: "once", command: "echo again" });
				await ended(ref);
				expect((await logOf(ref)).stdout).toBe("begun\ngo\nagain\n");
			});
			test("bytes come as they are, long lines too", async () => {
				const command = "printf '\\377\\376\\000'; head -c 200000 /dev/zero";
				const ref = await provider.spawn(box.id, { key: "bytes", command });
				await ended(ref);
				const { stdout } = await provider.readLogs(box.id, ref, { stdout: 0, stderr: 0 });
				expect(stdout).toHaveLength(200_003);
				expect([...stdout.subarray(0, 3)]).toEqual([255, 254, 0]);
			});
			test("a process that never was is null, its journal not found", async () => {
				expect(await provider.proc(box.id, { key: "never" })).toBeNull();
				const logs = provider.readLogs(box.id, { key: "never" }, { stdout: 0, stderr: 0 });
				await expect(logs).rejects.toMatchObject({ code: "not_found" });
			});
			test("a key cannot name a file elsewhere", async () => {
				const spawned = provider.spawn(box.id, { key: "../../home/x", command: "true" });
				await expect(spawned).rejects.toMatchObject({ code: "invalid" });
				await provider.killStrays(box.id, []);
				expect(await say("echo still well")).toBe("still well");
			});
			test("kill ends the process with children that left its group", async () => {
				const command = "setsid sleep 1618 & (setsid setsid sleep 1618 &) ; echo up; sleep 1618";
				const ref = await provider.spawn(box.id, { key: "tree", command });
				await eventually(async () => expect(await countOf("1618")).toBe("3"));
				await provider.kill(box.id, ref);
				expect(await countOf("1618")).toBe("0");
				expect(await ended(ref)).toEqual({ running: false, exitCode: 137 });
				await provider.kill(box.id, ref);
			});
			test("killing strays keeps the named process with its children", async () => {
				const kept = await provider.spawn(box.id, { key: "kept", command: "sleep 1001 & wait" });
				const stray = await provider.spawn(box.id, { key: "stray", command: "sleep 1002" });
				await run("setsid sleep 1003 > /dev/null 2>&1 &");
				await eventually(async () => expect(await countOf("100[123]")).toBe("3"));
				await provider.killStrays(box.id, [kept]);
				expect(await countOf("100[123]")).toBe("1");
				expect(await provider.proc(box.id, kept)).toEqual({ running: true });
				expect(await ended(stray)).toEqual({ running: false, exitCode: 137 });
				await provider.kill(box.id, kept);
			});
		});

		describe("files", () => {
			test("writes and reads bytes, makes folders, sets the mode", async () => {
				const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
				const path = `${box.homeDir}/deep/er/file.bin`;
				await provider.writeFile(box.id, path, bytes, 0o600);
				expect(Buffer.from(await provider.readFile(box.id, path)).equals(bytes)).toBe(true);
				expect(await say(`stat -c %a ${path}`)).toBe("600");
				await provider.writeFile(box.id, path, "short");
				expect(await say(`cat ${path}; stat -c ' %a' ${path}; ls ${box.homeDir}/deep/er`)).toBe(
					"short 600\nfile.bin",
				);
			});
			test("a path may hold anything", async () => {
				const path = `${box.homeDir}/a b?c&d%20é#x'"$(id)`;
				await provider.writeFile(box.id, path, "odd");
				expect(Buffer.from(await provider.readFile(box.id, path)).toString()).toBe("odd");
			});
			test("a missing file is not found, a folder is invalid", async () => {
				const read = (path: string) => provider.readFile(box.id, path);
				await expect(read(`${box.homeDir}/missing`)).rejects.toMatchObject({ code: "not_found" });
				await expect(read(box.homeDir)).rejects.toMatchObject({ code: "invalid" });
			});
			test("what never ends is refused", async () => {
				await run("mkfifo ~/endless");
				for (const path of ["/dev/zero", `${box.homeDir}/endless`]) {
					await expect(provider.readFile(box.id, path)).rejects.toMatchObject({ code: "invalid" });
				}
			});
			test("a full disk is told as such", async () => {
				const written = provider.writeFile(box.id, "/dev/full", "x");
				await expect(written).rejects.toMatchObject({ code: "disk_full" });
			});
			test("the tools are there and cannot be changed", async () => {
				expect(await say(`${box.toolsDir}/guest/hello.sh; node -p process.version`)).toBe(
					`hello from the guest\n${process.version}`,
				);
			});
		});

		describe("network", () => {
			const open = async (port: number): Promise<PortTarget> => provider.portTarget(box.id, port);
			const get = async (target: PortTarget): Promise<string> => {
				const options =
					target.kind === "http" ? { headers: target.headers } : { createConnection: () => socket };
				const socket = target.kind === "socket" ? ((await target.connect()) as never) : (undefined as never);
				const origin = target.kind === "http" ? target.origin : "http://inside";
				const request = http.get(`${origin}/path`, options);
				const [response] = (await once(request, "response")) as [IncomingMessage];
				// A proxy in between says so.
				if (response.statusCode === 502)
					throw Object.assign(new Error("nobody there"), { code: "unavailable" });
				return (await response.setEncoding("utf8").toArray()).join("");
			};

			test("a server inside is reached through its port", async () => {
				const script =
					'const s=require("http").createServer((q,r)=>r.end("inside "+q.url)).listen(0,"127.0.0.1",()=>console.log(s.address().port))';
				const ref = await provider.spawn(box.id, { key: "server", command: `exec node -e '${script}'` });
				const port = await eventually(async () => {
					const text = (await logOf(ref)).stdout;
					expect(text).toMatch(/^\d+\n$/);
					return Number(text);
				});
				expect(await get(await open(port))).toBe("inside /path");
				await provider.kill(box.id, ref);
				await expect(get(await open(port))).rejects.toMatchObject({ code: "unavailable" });
			});
			test("the gateway answers at its address, with the request as it was", async () => {
				fixture.onGateway(async (request, response) => {
					const body = (await request.setEncoding("utf8").toArray()).join("");
					response.setHeader("x-from", "gateway");
					response.end(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
				});
				const said = await say(
					`curl -sS -X POST -H 'authorization: Bearer t' -d hello ${box.gatewayUrl}/gateway/x?y=1; echo " $BOBBIN_GATEWAY_URL"`,
				);
				expect(said).toBe(`POST /gateway/x?y=1 Bearer t hello ${box.gatewayUrl}`);
			});
			test("the gateway's answer streams, piece by piece", async () => {
				const asked = new Promise<ServerResponse>((resolve) =>
					fixture.onGateway((_, response) => {
						response.write("first\n");
						resolve(response);
					}),
				);
				const ref = await provider.spawn(box.id, {
					key: "stream",
					command: `curl -sSN ${box.gatewayUrl}/stream`,
				});
				const response = await asked;
				await eventually(async () => expect((await logOf(ref)).stdout).toBe("first\n"));
				response.end("second\n");
				expect(await ended(ref)).toEqual({ running: false, exitCode: 0 });
				expect((await logOf(ref)).stdout).toBe("first\nsecond\n");
			});
			test("a client inside that hangs up is noticed at the gateway", async () => {
				const left = new Promise<void>((resolve) =>
					fixture.onGateway((_, response) => {
						response.write("x");
						response.on("close", resolve);
					}),
				);
				const ref = await provider.spawn(box.id, {
					key: "leaver",
					command: `curl -sSN ${box.gatewayUrl}/long`,
				});
				await eventually(async () => expect((await logOf(ref)).stdout).toBe("x"));
				await provider.kill(box.id, ref);
				await left;
			});
		});

		describe("the life of a sandbox", () => {
			test("a stopped one keeps its files and loses its processes; started again it works", async () => {
				const other = await provider.create({ name: "contract-2" });
				const id = other.id;
				await provider.writeFile(id, `${other.homeDir}/kept.txt`, "kept");
				const ref = await provider.spawn(id, { key: "agent", command: "sleep 1234" });
				await provider.stop(id);
				await provider.stop(id);
				expect((await provider.get(id))?.state).toBe("stopped");
				expect(await say("ps -eo args | grep -c '^[s]leep 1234$'")).toBe("0");
				await expect(provider.exec(id, { command: "true", timeoutMs: 1000 })).rejects.toMatchObject({
					code: "conflict",
				});
				const again = await provider.ensureStarted(id);
				expect(again).toMatchObject({ id, state: "started", createdAt: other.createdAt });
				expect(await provider.proc(id, ref)).toBeNull();
				expect(Buffer.from(await provider.readFile(id, `${other.homeDir}/kept.txt`)).toString()).toBe("kept");
				await provider.delete(id);
			});
			test("creating a stopped one starts it", async () => {
				const { id } = await provider.create({ name: "contract-3" });
				await provider.stop(id);
				expect((await provider.create({ name: "contract-3" })).state).toBe("started");
				expect((await provider.exec(id, { command: "echo ok", timeoutMs: 60_000 })).stdout).toBe("ok\n");
				await provider.delete(id);
			});
			test("a deleted one is gone, and may be deleted again", async () => {
				const { id } = await provider.create({ name: "contract-4" });
				await provider.delete(id);
				expect(await provider.get(id)).toBeNull();
				await provider.delete(id);
				await expect(provider.exec(id, { command: "true", timeoutMs: 1000 })).rejects.toMatchObject({
					code: "not_found",
				});
			});
			test("one is deleted by its name too, and so is one that never was", async () => {
				const { id, name } = await provider.create({ name: "contract-5" });
				expect((await provider.exec(id, { command: "true", timeoutMs: 60_000 })).exitCode).toBe(0);
				await provider.delete(name);
				expect(await provider.get(name)).toBeNull();
				expect(await provider.get(id)).toBeNull();
				await provider.delete("contract-none");
			});
			test("another process finds it, reads its journal and becomes its gateway", async () => {
				const ref = await provider.spawn(box.id, { key: "shared", command: "echo here; sleep 777" });
				const { another } = fixture;
				expect(await another.create({ name: box.name })).toEqual(box);
				expect(await another.proc(box.id, ref)).toEqual({ running: true });
				await eventually(async () => {
					const { stdout } = await another.readLogs(box.id, ref, { stdout: 0, stderr: 0 });
					expect(Buffer.from(stdout).toString()).toBe("here\n");
				});
				fixture.onGateway((_, response) => response.end("still there"));
				await provider.close();
				const called = await another.exec(box.id, {
					command: `curl -sS ${box.gatewayUrl}`,
					timeoutMs: 60_000,
				});
				expect(called.stdout).toBe("still there");
				await another.delete(box.id);
				expect(await another.list()).toEqual([]);
			});
		});
	});
}
