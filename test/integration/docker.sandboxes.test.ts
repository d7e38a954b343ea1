import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DockerProvider } from "../../sandbox/providers/docker/docker-provider.ts";
import { createEngine } from "../../sandbox/providers/docker/engine.ts";
import { startTestEngine } from "../harness/docker-engine.ts";
import {
	type DockerSandboxes,
	describeWithEngine,
	prepareDockerSandboxes,
} from "../harness/docker-sandboxes.ts";
import { eventually } from "../harness/eventually.ts";

const found = await startTestEngine();

describeWithEngine(found, (ready) => {
	const engine = createEngine(ready.host);
	afterAll(async () => {
		await engine.close();
		await ready.stop();
	});
	const images = async (): Promise<string[]> => {
		const answer = await engine.read({ method: "GET", path: "/images/json" });
		return (JSON.parse(answer.toString()) as { Id: string }[]).map(({ Id }) => Id);
	};

	describe("the walls of a container", () => {
		let sandboxes: DockerSandboxes;
		let provider: DockerProvider;
		const dialled: string[] = [];
		const outside = http.createServer((request, response) => response.end(`outside ${request.headers.host}`));
		beforeAll(async () => {
			outside.listen(0, "127.0.0.1");
			await once(outside, "listening");
			const { port } = outside.address() as AddressInfo;
			sandboxes = await prepareDockerSandboxes(ready);
			provider = sandboxes.open({
				allowHosts: ["good.example"],
				internet: {
					lookup: async () => ["93.184.216.34"],
					connect(address, asked) {
						dialled.push(`${address}:${asked}`);
						return net.connect(port, "127.0.0.1");
					},
				},
			});
			await provider.create({ name: "one", limits: { memoryMiB: 256, processes: 60, cpus: 1 } });
		});
		afterAll(async () => {
			outside.close();
			await sandboxes.remove();
		});
		const run = (command: string) => provider.exec("one", { command, timeoutMs: 60_000 });
		const say = async (command: string) => (await run(command)).stdout.trim();

		test("has no capability, no root and no new privileges", async () => {
			const status = await say("grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status");
			expect(status).toMatch(/^CapEff:\t0{16}\nCapBnd:\t0{16}\nNoNewPrivs:\t1$/);
			expect(await say("id -u; id -un")).toBe("1000\nagent");
		});
		test("writes to its home and to /tmp, and nowhere else", async () => {
			const own = ["/dev", "/proc", "/sys"];
			const prune = own.map((path) => `-path ${path} -prune -o`).join(" ");
			expect((await say(`find / ${prune} -type d -writable -print | sort`)).split("\n")).toEqual([
				"/home/agent",
				"/run/bobbin/memory",
				"/run/bobbin/memory/secrets",
				"/tmp",
				"/tmp/.bobbin",
				"/tmp/.bobbin/journal",
			]);
		});
		test("sees no network but its loopback, and no engine", async () => {
			expect(await say("cat /proc/net/dev | grep -c ':'")).toBe("1");
			expect(await say("cat /proc/net/route | wc -l")).toBe("1");
			expect(await say("find / -name '*.sock' -not -path '/proc/*' 2>/dev/null | sort")).toBe(
				["daemon", "egress", "gateway"].map((name) => `/run/bobbin/host/${name}.sock`).join("\n"),
			);
		});
		test("reaches what is allowed through the proxy, and nothing else", async () => {
			expect(await say("curl -sS http://good.example/")).toBe("outside good.example");
			expect(dialled).toEqual(["93.184.216.34:80"]);
			expect(await say("curl -sS -o /dev/null -w '%{http_code}' http://bad.example/")).toBe("403");
			expect((await run("curl -sS --noproxy '*' --max-time 5 http://93.184.216.34/")).exitCode).not.toBe(0);
			expect(dialled).toHaveLength(1);
		});
		test("a program that takes too much memory is ended, the sandbox goes on", async () => {
			const { exitCode } = await run("node -e 'const a=[]; for (;;) a.push(Buffer.alloc(1 << 24, 1))'");
			expect(exitCode).toBe(137);
			expect(await say("echo well")).toBe("well");
		});
		test("a fork bomb ends at the limit, and is swept away", async () => {
			await provider.spawn("one", { key: "bomb", command: "f() { f | f & }; f; sleep 30" });
			await eventually(async () => {
				const answer = await run("true").catch((error) => error);
				expect(answer).toMatchObject({ code: "unavailable" });
			});
			await provider.killStrays("one", []);
			expect(await say("echo well")).toBe("well");
		});
		test("what runs as an orphan is reaped", async () => {
			await run("(setsid sleep 0.05 &)");
			await eventually(async () =>
				expect(await say("grep -l '^State:.Z' /proc/[0-9]*/status | wc -l")).toBe("0"),
			);
		});
		test("a sandbox from a snapshot has a folder for secrets, in memory and its own", async () => {
			await provider.snapshot("one", "walls");
			const { id, secretsDir } = await provider.create({ name: "restored", snapshot: "walls" });
			await provider.writeFile(id, `${secretsDir}/token`, "t", 0o600);
			const told = await provider.exec(id, {
				command: `stat -c '%a %U' ${secretsDir}; grep -c 'memory tmpfs' /proc/mounts`,
				timeoutMs: 60_000,
			});
			expect(told.stdout).toBe("700 agent\n1\n");
			await provider.delete(id);
		});
	});

	describe("what is kept", () => {
		let sandboxes: DockerSandboxes;
		let provider: DockerProvider;
		beforeAll(async () => {
			sandboxes = await prepareDockerSandboxes(ready);
			provider = sandboxes.open({ maxLayers: 2 });
		});
		afterAll(() => sandboxes.remove());

		test("a chain of snapshots that grows too deep becomes one layer, with all files", async () => {
			let from: string | undefined;
			const sizes: number[] = [];
			for (const step of [1, 2, 3]) {
				const name = `chain-${step}`;
				await provider.create({ name, ...(from === undefined ? {} : { snapshot: from }) });
				const command = `echo ${step} > ~/step-${step}; chmod 600 ~/step-${step}; rm -f ~/step-${step - 2}; cat ~/step-*`;
				await provider.exec(name, { command, timeoutMs: 60_000 });
				from = `${name}-taken`;
				await provider.snapshot(name, from);
				const image = await engine.read({ method: "GET", path: `/containers/${await idOf(name)}/json` });
				const { Image } = JSON.parse(image.toString()) as { Image: string };
				const base = await engine.read({ method: "GET", path: `/images/${Image}/json` });
				const layers = (JSON.parse(base.toString()) as { RootFS: { Layers: string[] } }).RootFS.Layers;
				sizes.push(layers.length);
				await provider.delete(name);
			}
			expect(sizes).toEqual([1, 2, 1]);
			await provider.create({ name: "chain-end", snapshot: "chain-3-taken" });
			const told = await provider.exec("chain-end", {
				command: "cd; cat step-*; stat -c '%a %U' step-3; stat -c %U .",
				timeoutMs: 60_000,
			});
			expect(told.stdout).toBe("2\n3\n600 agent\nagent\n");
			await provider.delete("chain-end");
		});
		const idOf = async (name: string) => {
			const filters = JSON.stringify({ label: [`bobbin.name=${name}`] });
			const answer = await engine.read({
				method: "GET",
				path: "/containers/json",
				query: { all: "true", filters },
			});
			return (JSON.parse(answer.toString()) as { Id: string }[])[0]?.Id;
		};

		test("a deleted snapshot's image goes with the last sandbox that was made from it", async () => {
			await provider.create({ name: "parent" });
			const before = await images();
			await provider.snapshot("parent", "short-lived");
			await provider.create({ name: "child", snapshot: "short-lived" });
			await provider.deleteSnapshot("short-lived");
			expect((await images()).length).toBe(before.length + 1);
			await provider.delete("child");
			await provider.recover(["parent"]);
			expect((await images()).sort()).toEqual(before.sort());
			await provider.delete("parent");
		});

		test("a sandbox that was held for a snapshot when Bobbin ended goes on", async () => {
			await provider.create({ name: "held" });
			const ref = await provider.spawn("held", { key: "tick", command: "while sleep 0.02; do echo x; done" });
			await engine.tell({ method: "POST", path: `/containers/${await idOf("held")}/pause` });
			expect((await provider.ensureStarted("held")).state).toBe("started");
			expect(await provider.proc("held", ref)).toEqual({ running: true });
			await provider.delete("held");
		});

		test("a sandbox whose first process ended by itself is stopped, and starts again with its files", async () => {
			await provider.create({ name: "ended" });
			await provider.writeFile("ended", "/home/agent/kept", "kept");
			await engine.tell({ method: "POST", path: `/containers/${await idOf("ended")}/kill` });
			await eventually(async () => expect((await provider.get("ended"))?.state).toBe("stopped"));
			await expect(provider.exec("ended", { command: "true", timeoutMs: 1000 })).rejects.toMatchObject({
				code: "conflict",
			});
			await provider.ensureStarted("ended");
			expect(Buffer.from(await provider.readFile("ended", "/home/agent/kept")).toString()).toBe("kept");
			await provider.delete("ended");
		});

		test("the image is built from a Dockerfile where it is missing", async () => {
			const dockerfile = `FROM ${ready.image}\nLABEL made=here\n`;
			const building = sandboxes.open({ base: { dockerfile } });
			await building.create({ name: "built" });
			const told = await building.exec("built", { command: "git --version", timeoutMs: 60_000 });
			expect(told.stdout).toMatch(/^git version/);
			await building.delete("built");
		});
		test("an image that cannot be had is told with the engine's reason, and nothing is left", async () => {
			const failing = sandboxes.open({ base: { dockerfile: `FROM ${ready.image}\nCOPY not-there /x\n` } });
			const refused = failing.create({ name: "unbuilt" });
			await expect(refused).rejects.toMatchObject({
				code: "unavailable",
				message: expect.stringContaining("not-there"),
			});
			expect(await failing.get("unbuilt")).toBeNull();
		});
	});

	describe("a process of Bobbin that is killed", () => {
		async function killOwnerAfter(sandboxes: DockerSandboxes, word: string, delayMs: number): Promise<void> {
			const script = new URL("../harness/docker-owner.ts", import.meta.url).pathname;
			const owner = spawn(process.execPath, [script, ready.host, ready.image, sandboxes.rootDir], {
				stdio: ["ignore", "pipe", "inherit"],
			});
			const exited = once(owner, "exit");
			for await (const line of createInterface(owner.stdout)) if (line === word) break;
			if (delayMs > 0) await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, delayMs))]);
			owner.kill("SIGKILL");
			await exited;
		}

		test("leaves sandboxes that the next one takes up, with their journals and waiting calls", async () => {
			const sandboxes = await prepareDockerSandboxes(ready);
			await killOwnerAfter(sandboxes, "ready", 0);
			const provider = sandboxes.open({
				gateway: (request, response) => response.end(`heir ${request.url}`),
			});
			const journal = async (key: string) => {
				const { stdout } = await provider.readLogs("kept", { key }, { stdout: 0, stderr: 0 });
				return Buffer.from(stdout).toString();
			};
			await provider.recover(["kept"]);
			expect(await provider.list()).toMatchObject([{ name: "kept", state: "started" }]);
			await provider.writeFile("kept", "/home/agent/go", "");
			await eventually(async () => expect(await journal("caller")).toBe("calling\nheir /late"));
			const before = (await journal("tick")).length;
			await eventually(async () => expect((await journal("tick")).length).toBeGreaterThan(before));
			const numbers = (await journal("tick")).trimEnd().split("\n").map(Number);
			expect(numbers).toEqual(numbers.map((_, index) => index + 1));
			await sandboxes.remove();
		});

		test.each([0, 60, 160])("%i ms into creating leaves nothing that cannot be mended", async (delayMs) => {
			const sandboxes = await prepareDockerSandboxes(ready);
			await killOwnerAfter(sandboxes, "creating", delayMs);
			const provider = sandboxes.open();
			await provider.recover(["kept"]);
			expect(await provider.get("lost")).toBeNull();
			await provider.create({ name: "kept" });
			expect((await provider.exec("kept", { command: "echo works", timeoutMs: 60_000 })).stdout).toBe(
				"works\n",
			);
			await sandboxes.remove();
		});
	});
});
