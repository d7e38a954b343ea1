import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, open, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import {
	type ExecResult,
	SandboxError,
	type SandboxInfo,
	type SandboxProvider,
} from "../../sandbox/provider.ts";

/**
 * Sandboxes without walls for tests: plain processes of this machine, each sandbox a folder under `rootDir`. Where the
 * agent would listen on a fixed port, it listens on a free one (`portOf`), since all of them share one network.
 */
export function createHostProvider(deps: {
	rootDir: string;
	nodeBinary: string;
	opencodeBinary: string;
	guestDir: string;
	gatewayUrl: string;
}): SandboxProvider & { pidOf(id: string, key: string): number | null } {
	const sandboxes = new Map<string, SandboxInfo>();
	const ports = new Map<string, number>();
	const processes = new Map<string, { child: ChildProcess; exitCode: number | undefined }>();
	const path = (id: string, ...rest: string[]) => join(deps.rootDir, id, ...rest);

	function need(id: string): SandboxInfo {
		const info = sandboxes.get(id);
		if (info === undefined) throw new SandboxError("not_found", `There is no sandbox ${id}.`);
		return info;
	}

	function envOf(info: SandboxInfo, env: Record<string, string> = {}): Record<string, string> {
		return {
			PATH: `${dirname(deps.nodeBinary)}:/usr/local/bin:/usr/bin:/bin`,
			HOME: info.homeDir,
			BOBBIN_GATEWAY_URL: deps.gatewayUrl,
			TMPDIR: "/tmp",
			...env,
		};
	}

	function endGroup(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
		if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
		process.kill(-child.pid, signal);
	}

	const provider: SandboxProvider & { pidOf(id: string, key: string): number | null } = {
		name: "host",
		pidOf: (id, key) => processes.get(`${id}/${key}`)?.child.pid ?? null,
		async doctor() {
			return {
				ok: true,
				capabilities: {
					isolation: "none",
					limitsEnforced: false,
					networkPolicy: false,
					survivesOwner: false,
				},
				problems: [],
			};
		},
		async create(spec) {
			const known = sandboxes.get(spec.name);
			if (known !== undefined) return known;
			const toolsDir = path(spec.name, "tools");
			await mkdir(path(spec.name, "home"), { recursive: true });
			await mkdir(join(toolsDir, "node/bin"), { recursive: true });
			await mkdir(join(toolsDir, "opencode/bin"), { recursive: true });
			await symlink(deps.nodeBinary, join(toolsDir, "node/bin/node"));
			await symlink(deps.opencodeBinary, join(toolsDir, "opencode/bin/opencode"));
			await symlink(deps.guestDir, join(toolsDir, "guest"));
			const info: SandboxInfo = {
				id: spec.name,
				name: spec.name,
				state: "started",
				labels: spec.labels ?? {},
				createdAt: new Date(),
				gatewayUrl: deps.gatewayUrl,
				toolsDir,
				homeDir: path(spec.name, "home"),
			};
			sandboxes.set(spec.name, info);
			ports.set(spec.name, await findFreePort());
			return info;
		},
		get: async (id) => sandboxes.get(id) ?? null,
		list: async () => [...sandboxes.values()],
		ensureStarted: async (id) => need(id),
		async stop(id) {
			for (const [key, { child }] of processes) if (key.startsWith(`${id}/`)) endGroup(child);
		},
		async delete(id) {
			await provider.stop(id);
			sandboxes.delete(id);
			await rm(path(id), { recursive: true, force: true, maxRetries: 5 });
		},
		async exec(id, { command, cwd, env, timeoutMs, stdin }) {
			const info = need(id);
			const child = spawn("bash", ["-c", command], {
				cwd: cwd ?? info.homeDir,
				env: envOf(info, env),
				detached: true,
				stdio: ["pipe", "pipe", "pipe"],
			});
			child.stdin.end(stdin ?? "");
			const timer = setTimeout(() => endGroup(child), timeoutMs);
			let stdout = "";
			let stderr = "";
			child.stdout.on("data", (data) => (stdout += data));
			child.stderr.on("data", (data) => (stderr += data));
			return await new Promise<ExecResult>((resolve, reject) => {
				child.on("error", reject);
				child.on("close", (code) => {
					clearTimeout(timer);
					resolve({ exitCode: code ?? 137, stdout, stderr, truncated: false });
				});
			});
		},
		async spawn(id, { key, command, cwd, env }) {
			const info = need(id);
			const known = processes.get(`${id}/${key}`);
			if (known !== undefined && known.exitCode === undefined) return { key };
			const out = openSync(path(id, `${key}.out`), "w");
			const err = openSync(path(id, `${key}.err`), "w");
			const port = String(ports.get(id));
			const child = spawn("bash", ["-c", command.replace(/\b4096\b/, port)], {
				cwd: cwd ?? info.homeDir,
				env: envOf(info, env),
				detached: true,
				stdio: ["ignore", out, err],
			});
			closeSync(out);
			closeSync(err);
			const entry: { child: ChildProcess; exitCode: number | undefined } = { child, exitCode: undefined };
			processes.set(`${id}/${key}`, entry);
			child.on("exit", (code) => {
				entry.exitCode = code ?? 137;
			});
			return { key };
		},
		async proc(id, { key }) {
			need(id);
			const known = processes.get(`${id}/${key}`);
			if (known === undefined) return null;
			return known.exitCode === undefined ? { running: true } : { running: false, exitCode: known.exitCode };
		},
		async readLogs(id, { key }, from) {
			const [stdout, stderr] = await Promise.all([
				readFrom(path(id, `${key}.out`), from.stdout),
				readFrom(path(id, `${key}.err`), from.stderr),
			]);
			const next = { stdout: from.stdout + stdout.length, stderr: from.stderr + stderr.length };
			return { stdout, stderr, next };
		},
		async kill(id, { key }) {
			const known = processes.get(`${id}/${key}`);
			if (known === undefined || known.exitCode !== undefined) return;
			const ended = new Promise((resolve) => known.child.once("exit", resolve));
			endGroup(known.child);
			await ended;
		},
		async killStrays(id, keep) {
			for (const [key, { child }] of processes) {
				if (key.startsWith(`${id}/`) && !keep.some((ref) => key === `${id}/${ref.key}`)) endGroup(child);
			}
		},
		async readFile(_id, file) {
			try {
				return await readFile(file);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
				throw new SandboxError("not_found", `There is no file ${file}.`, { cause: error });
			}
		},
		async writeFile(_id, file, data, mode) {
			await mkdir(dirname(file), { recursive: true });
			await writeFile(file, data, mode === undefined ? {} : { mode });
		},
		async portTarget(id, port) {
			return {
				kind: "http",
				origin: `http://127.0.0.1:${port === 4096 ? ports.get(id) : port}`,
				headers: {},
			};
		},
		async close() {
			for (const { child } of processes.values()) endGroup(child);
		},
	};
	return provider;
}

async function readFrom(file: string, offset: number): Promise<Uint8Array> {
	const handle = await open(file);
	try {
		const { size } = await stat(file);
		const bytes = Buffer.alloc(Math.max(0, size - offset));
		await handle.read(bytes, 0, bytes.length, offset);
		return bytes;
	} finally {
		await handle.close();
	}
}

function findFreePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
		});
	});
}
