import { randomBytes, randomUUID } from "node:crypto";
import { SandboxError } from "../../sandbox/provider.ts";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { Box, Boxes } from "./boxes.ts";
import { parseForm, Refusal, type Route, readBody } from "./http.ts";
import * as requests from "./requests.ts";

const DAEMON = { source: "DAYTONA_DAEMON" };
const DEFAULT_TIMEOUT_SECONDS = 360;
const PIECE_BYTES = 32 * 1024 * 1024;

/** The routes under `/toolbox/<id>`: what the service's daemon does inside a sandbox that runs. */
export function createToolbox(deps: { local: LocalProvider; boxes: Boxes }): Route[] {
	const { local, boxes } = deps;

	const running = (id: string): Box => {
		const box = boxes.need(id);
		if (["started", "snapshotting"].includes(box.dto.state)) return box;
		throw new Refusal(400, "sandbox is not started", { source: "DAYTONA_PROXY" });
	};
	const commandOf = (box: Box, session: string, id: string) => {
		const command = box.sessions.get(session)?.get(id);
		if (command) return command;
		throw new Refusal(404, "command not found", { code: "PROCESS_NOT_FOUND", ...DAEMON });
	};
	const readLog = async (box: Box, key: string) => {
		const { stdout, stderr } = await local.readLogs(box.dto.id, { key }, { stdout: 0, stderr: 0 });
		return { stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString() };
	};

	return [
		[
			"POST",
			/^\/([^/]+)\/process\/execute$/,
			async ({ parts: [id = ""], body }) => {
				const { command, cwd, envs, timeout } = await body(requests.execute);
				const box = running(id);
				const timeoutMs = (timeout || DEFAULT_TIMEOUT_SECONDS) * 1000;
				try {
					const result = await local.exec(box.dto.id, {
						command,
						timeoutMs,
						...(cwd === undefined ? {} : { cwd }),
						...(envs === undefined ? {} : { env: envs }),
					});
					return { body: { exitCode: result.exitCode, result: result.stdout + result.stderr } };
				} catch (error) {
					if (!(error instanceof SandboxError)) throw error;
					if (error.code === "timeout") {
						throw new Refusal(408, "command execution timeout", {
							code: "PROCESS_EXECUTION_TIMEOUT",
							...DAEMON,
						});
					}
					return { body: { exitCode: -1, result: "" } };
				}
			},
		],
		[
			"POST",
			/^\/([^/]+)\/files\/bulk-upload$/,
			async ({ parts: [id = ""], request }) => {
				const box = running(id);
				const type = request.headers["content-type"] ?? "";
				const form = parseForm(type, await readBody(request));
				for (const [name, data] of form) {
					const index = /^files\[(\d+)\]\.file$/.exec(name)?.[1];
					if (index === undefined) continue;
					const path = form.get(`files[${index}].path`)?.toString();
					if (path === undefined)
						throw new Refusal(400, "files[i].path and files[i].file are required", DAEMON);
					await write(box, path, data);
				}
				return {};
			},
		],
		[
			"POST",
			/^\/([^/]+)\/files\/bulk-download$/,
			async ({ parts: [id = ""], body, response }) => {
				const { paths } = await body(requests.download);
				const box = running(id);
				const boundary = randomBytes(12).toString("hex");
				const parts: (string | Uint8Array)[] = [];
				for (const path of paths) {
					const { name, data } = await readPart(box, path);
					const type = name === "file" ? "application/octet-stream" : "application/json";
					parts.push(
						`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${path}"\r\nContent-Type: ${type}\r\nContent-Length: ${data.length}\r\n\r\n`,
						data,
						"\r\n",
					);
				}
				response.writeHead(200, { "content-type": `multipart/form-data; boundary=${boundary}` });
				for (const part of parts) response.write(part);
				response.end(`--${boundary}--\r\n`);
				return undefined;
			},
		],
		[
			"POST",
			/^\/([^/]+)\/process\/session$/,
			async ({ parts: [id = ""], body }) => {
				const { sessionId } = await body(requests.createSession);
				const box = running(id);
				if (box.sessions.has(sessionId)) throw new Refusal(409, "session already exists", DAEMON);
				box.sessions.set(sessionId, new Map());
				return { status: 201 };
			},
		],
		[
			"POST",
			/^\/([^/]+)\/process\/session\/([^/]+)\/exec$/,
			async ({ parts: [id = "", session = ""], body }) => {
				const { command, runAsync } = await body(requests.executeInSession);
				const box = running(id);
				const commands = box.sessions.get(session);
				if (!commands) throw new Refusal(404, "session not found", DAEMON);
				if (!runAsync) throw new Refusal(501, "The stand-in runs session commands only in the background.");
				const cmdId = randomUUID();
				const key = `session-${cmdId}`;
				await local.spawn(box.dto.id, { key, command });
				commands.set(cmdId, { command, key });
				return { status: 202, body: { cmdId } };
			},
		],
		[
			"GET",
			/^\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)$/,
			async ({ parts: [id = "", session = "", command = ""] }) => {
				const box = running(id);
				const found = commandOf(box, session, command);
				const state = await local.proc(box.dto.id, { key: found.key });
				return { body: { id: command, command: found.command, exitCode: state?.exitCode } };
			},
		],
		[
			"GET",
			/^\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)\/logs$/,
			async ({ parts: [id = "", session = "", command = ""] }) => {
				const box = running(id);
				const { stdout, stderr } = await readLog(box, commandOf(box, session, command).key);
				return { body: { output: stdout + stderr, stdout, stderr } };
			},
		],
		[
			"DELETE",
			/^\/([^/]+)\/process\/session\/([^/]+)$/,
			async ({ parts: [id = "", session = ""] }) => {
				const box = running(id);
				for (const { key } of box.sessions.get(session)?.values() ?? [])
					await local.kill(box.dto.id, { key });
				box.sessions.delete(session);
				return { status: 204 };
			},
		],
	];

	/** The engine takes a body of 64 MB at most. */
	async function write(box: Box, path: string, data: Uint8Array): Promise<void> {
		const { id } = box.dto;
		await local.writeFile(id, path, data.subarray(0, PIECE_BYTES));
		for (let at = PIECE_BYTES; at < data.length; at += PIECE_BYTES) {
			await local.writeFile(id, `${path}.piece`, data.subarray(at, at + PIECE_BYTES));
			const command = 'cat "$FILE.piece" >> "$FILE" && rm "$FILE.piece"';
			await local.exec(id, { command, env: { FILE: path }, timeoutMs: 60_000 });
		}
	}

	async function readPart(box: Box, path: string): Promise<{ name: string; data: Uint8Array }> {
		try {
			return { name: "file", data: await local.readFile(box.dto.id, path) };
		} catch (error) {
			if (!(error instanceof SandboxError)) throw error;
			const missing = error.code === "not_found";
			const told = {
				statusCode: missing ? 404 : 400,
				message: error.message,
				code: missing ? "FILE_NOT_FOUND" : "INVALID_FILE_PATH",
				source: DAEMON.source,
			};
			return { name: "error", data: Buffer.from(JSON.stringify(told)) };
		}
	}
}
