import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createLog } from "../../src/log.ts";
import { createPlaygroundModel } from "../../src/playground/model/create-playground-model.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const MAX_STEPS = 40;

interface Block {
	type: string;
	text?: string;
	id?: string;
	name?: string;
	input?: Record<string, string>;
}

/** The playground model behind a real socket, mounted where the app mounts it. */
export async function startModel(options: { delayMs?: number; tokensPerSecond?: number } = {}) {
	const app = new Hono();
	const server = await new Promise<Server>((resolve) => {
		const listening = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () =>
			resolve(listening as Server),
		);
	});
	const model = createPlaygroundModel({
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		delayMs: 0,
		tokensPerSecond: 0,
		...options,
		log: createLog({ level: "silent", pretty: false }),
	});
	app.route("/playground/model", model.app);
	return {
		...model,
		setFaults: (next: unknown[]) =>
			fetch(`${model.connection.baseUrl}/faults`, { method: "POST", body: JSON.stringify({ next }) }),
		stop: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

export type StartedModel = Awaited<ReturnType<typeof startModel>>;

/** A clone of a demo repository with a bare remote, and an agent loop that runs the model's tool calls in it. */
export async function startWork(model: StartedModel, demo: string) {
	const dir = await mkdtemp(join(tmpdir(), "playground-model-"));
	const remote = join(dir, "remote.git");
	const checkout = join(dir, "repo");
	const run = (command: string, cwd = checkout) => runShell(command, cwd);
	await cp(join(ROOT, "src/playground/demo", demo), checkout, { recursive: true });
	await run(`git init -q --bare -b main ${remote}`, dir);
	await run(
		`git init -q -b main && git add -A && git commit -qm "Initial commit" && git remote add origin ${remote} && git push -q origin main && git switch -qc bobbin/1a2b3c4d-work`,
	);
	let branch = "bobbin/1a2b3c4d-work";
	const messages: { role: string; content: unknown }[] = [];
	const pullRequests: Record<string, unknown>[] = [];
	const pictures: Buffer[] = [];
	const calls: { name: string; input: Record<string, string> }[] = [];

	async function runTool(name: string, input: Record<string, string>): Promise<[string, boolean]> {
		calls.push({ name, input });
		const path = input.filePath ?? "";
		switch (name) {
			case "bash":
				return [await run(input.command ?? ""), false];
			case "read": {
				const lines = (await readFile(path, "utf8")).split("\n");
				const numbered = lines.slice(0, -1).map((line, index) => `${index + 1}: ${line}`);
				return [
					`<path>${path}</path>\n<type>file</type>\n<content>\n${numbered.join("\n")}\n\n(End of file - total ${numbered.length} lines)\n</content>`,
					false,
				];
			}
			case "write":
				await writeFile(path, input.content ?? "");
				return ["Wrote file successfully.", false];
			case "edit": {
				const text = await readFile(path, "utf8");
				if (text.split(input.oldString ?? "").length !== 2)
					return ["Could not find oldString in the file.", true];
				await writeFile(
					path,
					text.replace(input.oldString ?? "", () => input.newString ?? ""),
				);
				return ["Edit applied successfully.", false];
			}
			case "todowrite":
				return [JSON.stringify(input.todos), false];
			case "open_pull_request":
				pullRequests.push(input);
				return [JSON.stringify({ number: 7, url: "http://127.0.0.1/acme/demo/pull/7" }), false];
			case "add_screenshot":
				pictures.push(await readFile((input.path ?? "").replace("~", checkout)));
				return ["It is shown.", false];
			default:
				throw new Error(`no tool ${name}`);
		}
	}

	function ask(text: string, options: { interrupted?: boolean; repository?: string | null } = {}) {
		const context = [
			...(options.repository === null ? [] : [`Repository: ${options.repository ?? `acme/${demo}`}`]),
			`Branch: ${branch}`,
			"Base branch: main",
			`Directory: ${checkout}`,
			"Asked by: Ada <ada@acme.example>",
		];
		const block = (value: string) => ({ type: "text", text: value });
		messages.push({
			role: "user",
			content: [
				block(`<bobbin-context>\n${context.join("\n")}\n</bobbin-context>`),
				...(options.interrupted
					? [block("Your previous turn on this request was interrupted. Look at what is already done.")]
					: []),
				block(text),
			],
		});
	}

	/** One request and, if the model calls tools, their results. The answer when it is done. */
	async function step(execute: typeof runTool = runTool): Promise<string | null> {
		const reply = await post(model, messages);
		messages.push({ role: "assistant", content: reply.content });
		const uses = reply.content.filter((block) => block.type === "tool_use");
		if (uses.length === 0) return reply.content.map((block) => block.text ?? "").join("\n");
		const results = [];
		for (const use of uses) {
			const [content, isError] = await execute(use.name ?? "", use.input ?? {});
			results.push({
				type: "tool_result",
				tool_use_id: use.id,
				content,
				...(isError ? { is_error: true } : {}),
			});
		}
		messages.push({ role: "user", content: results });
		return null;
	}

	async function untilAnswer(execute?: typeof runTool): Promise<string> {
		for (let count = 0; count < MAX_STEPS; count++) {
			const answer = await step(execute);
			if (answer !== null) return answer;
		}
		throw new Error("the model never came to an end");
	}

	return {
		checkout,
		messages,
		pullRequests,
		pictures,
		calls,
		run,
		runTool,
		ask,
		step,
		untilAnswer,
		async prompt(text: string, options?: Parameters<typeof ask>[1]) {
			ask(text, options);
			return untilAnswer();
		},
		/** Files changed on the pushed branch, as `git diff --name-only` against main. */
		changed: async () => {
			const out = await run("git diff --name-only main...origin/bobbin/1a2b3c4d-work");
			return out.split("\n").filter((line) => line !== "");
		},
		commits: async () => {
			const out = await run("git log --reverse --format=%s main..origin/bobbin/1a2b3c4d-work");
			return out.split("\n").filter((line) => line !== "");
		},
		/** As after a merge: the next turn is on a new branch. */
		async beginBranch(name: string) {
			await run(`git switch -q --no-track -c ${name} origin/main`);
			branch = name;
		},
		remove: () => rm(dir, { recursive: true, force: true }),
	};
}

/** As OpenCode 1.18.33 asks: old version header, adaptive thinking, its own tools. */
async function post(
	model: StartedModel,
	messages: unknown[],
): Promise<{ content: Block[]; stop_reason: string }> {
	const tools = [
		"add_screenshot",
		"bash",
		"edit",
		"glob",
		"grep",
		"open_pull_request",
		"read",
		"todowrite",
		"write",
	];
	const response = await fetch(`${model.connection.baseUrl}/v1/messages`, {
		method: "POST",
		headers: {
			"x-api-key": model.connection.apiKey,
			"anthropic-version": "2023-06-01",
			"content-type": "application/json",
		},
		body: JSON.stringify({
			model: "claude-sonnet-5-5",
			max_tokens: 32_000,
			thinking: { type: "adaptive" },
			system: [{ type: "text", text: "You are an agent.", cache_control: { type: "ephemeral" } }],
			tools: tools.map((name) => ({ name, input_schema: { type: "object" }, eager_input_streaming: true })),
			tool_choice: { type: "auto" },
			messages,
		}),
	});
	const body = await response.text();
	if (response.status !== 200) throw new Error(`${response.status}: ${body}`);
	return JSON.parse(body) as { content: Block[]; stop_reason: string };
}

/** Output and errors of a command together, as the agent's shell shows them. */
export function runShell(command: string, cwd: string): Promise<string> {
	const person = { NAME: "Ada", EMAIL: "ada@acme.example" };
	return new Promise((resolve) => {
		execFile(
			"bash",
			["-c", `{ ${command}\n} 2>&1`],
			{
				cwd,
				env: {
					PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
					HOME: cwd,
					PYTHONDONTWRITEBYTECODE: "1",
					GIT_CONFIG_GLOBAL: "/dev/null",
					...Object.fromEntries(
						Object.entries(person).flatMap(([key, value]) => [
							[`GIT_AUTHOR_${key}`, value],
							[`GIT_COMMITTER_${key}`, value],
						]),
					),
				},
			},
			(_error, stdout) => resolve(stdout),
		);
	});
}
