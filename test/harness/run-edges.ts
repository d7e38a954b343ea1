import { EventEmitter, once } from "node:events";
import { SandboxError, type SandboxInfo, type SandboxProvider } from "../../sandbox/provider.ts";
import type { AgentEvent } from "../../src/contract/event.ts";
import type { ConnectAgent, PullRequestFacts, PullRequestHost, Sandboxes } from "../../src/sessions/ports.ts";

type AgentLink = Awaited<ReturnType<ConnectAgent>>;
type TurnEnd = Awaited<ReturnType<AgentLink["follow"]>>;
type Sent = Parameters<AgentLink["send"]>[0];

const SECRETS_DIR = "/run/secrets";

/** Sandboxes of names and files only; what is executed inside is answered by `onExec`. */
export function createFakeSandboxes() {
	const made = new Map<string, { info: SandboxInfo; files: Map<string, Uint8Array> }>();
	/** By name: the files and when it was taken. */
	const snapshots = new Map<string, { files: Map<string, Uint8Array>; createdAt: Date }>();
	const executed: string[] = [];
	const state = {
		onExec: async (_command: string) => 0,
		beforeSnapshot: async (_name: string) => {},
		strayKills: 0,
		creates: 0,
		touches: 0,
	};
	const withoutSecrets = (files: Map<string, Uint8Array>) =>
		new Map([...files].filter(([path]) => !path.startsWith(SECRETS_DIR)));
	const find = (id: string) => {
		const sandbox = made.get(id);
		if (!sandbox) throw new SandboxError("not_found", `There is no sandbox ${id}.`);
		return sandbox;
	};
	const sandboxes: Sandboxes &
		Pick<SandboxProvider, "list" | "stop" | "snapshot" | "getSnapshot" | "listSnapshots" | "deleteSnapshot"> =
		{
			name: "fake",
			async create({ name, snapshot }) {
				state.creates++;
				const source = snapshot === undefined ? null : snapshots.get(snapshot);
				if (source === undefined) throw new SandboxError("not_found", `There is no snapshot ${snapshot}.`);
				const info: SandboxInfo = made.get(name)?.info ?? aSandbox(name, snapshot);
				if (!made.has(name)) made.set(name, { info, files: new Map(source?.files) });
				return info;
			},
			get: async (name) => made.get(name)?.info ?? null,
			list: async () => [...made.values()].map(({ info }) => info),
			async ensureStarted(id) {
				const { info } = find(id);
				if (info.state === "error") throw new SandboxError("unavailable", "It does not start any more.");
				info.state = "started";
				return info;
			},
			async stop(id) {
				const sandbox = find(id);
				sandbox.info.state = "stopped";
				sandbox.files = withoutSecrets(sandbox.files);
			},
			async snapshot(id, name) {
				await state.beforeSnapshot(name);
				const { files } = find(id);
				const taken = snapshots.get(name) ?? { files: withoutSecrets(files), createdAt: new Date() };
				snapshots.set(name, taken);
				return { name, createdAt: taken.createdAt, sizeBytes: 1 };
			},
			async getSnapshot(name) {
				const taken = snapshots.get(name);
				return taken ? { name, createdAt: taken.createdAt, sizeBytes: 1 } : null;
			},
			listSnapshots: async (prefix = "") =>
				[...snapshots]
					.filter(([name]) => name.startsWith(prefix))
					.map(([name, { createdAt }]) => ({ name, createdAt, sizeBytes: 1 })),
			deleteSnapshot: async (name) => {
				snapshots.delete(name);
			},
			touch: async () => {
				state.touches++;
			},
			delete: async (id) => {
				made.delete(id);
			},
			async exec(id, { command }) {
				find(id);
				executed.push(command);
				return {
					exitCode: await state.onExec(command),
					stdout: "",
					stderr: "said by clone",
					truncated: false,
				};
			},
			killStrays: async () => {
				state.strayKills++;
			},
			async readFile(id, path) {
				const file = find(id).files.get(path);
				if (!file) throw new SandboxError("not_found", path);
				return file;
			},
			async writeFile(id, path, data) {
				find(id).files.set(path, typeof data === "string" ? new TextEncoder().encode(data) : data);
			},
		};
	return { sandboxes, made, snapshots, executed, state };
}

/** An agent whose turns are played by the test: `script` is asked for each turn that is sent. */
export function createFakeAgent() {
	const events = new EventEmitter().setMaxListeners(0);
	const sent: Sent[] = [];
	const aborted: string[] = [];
	/** What people answered, each time that the agent was told. */
	const answered: { questionId: string; chosen: string[] }[][] = [];
	const state = {
		connects: 0,
		script: async (_sent: Sent, _emit: (event: AgentEvent) => void): Promise<TurnEnd> => ({
			outcome: "done",
			answer: "Done.",
		}),
	};
	const key = (promptId: string, attempt: number) => `${promptId}#${attempt}`;
	const connectAgent: ConnectAgent = async () => {
		state.connects++;
		return {
			openConversation: async ({ conversationId }) => ({
				conversationId: conversationId ?? "conversation-1",
			}),
			async send(input) {
				if (sent.some((s) => key(s.prompt.promptId, s.attempt) === key(input.prompt.promptId, input.attempt)))
					return { outcome: "already_there" };
				sent.push(input);
				events.emit("sent", input);
				return { outcome: "sent" };
			},
			async follow({ promptId, attempt, signal, onEvent }) {
				const input = sent.find((s) => key(s.prompt.promptId, s.attempt) === key(promptId, attempt));
				if (!input) throw new Error("followed before it was sent");
				const gone = once(signal, "abort").then(() => signal.reason);
				const stopped = once(events, "abort").then((): TurnEnd => ({ outcome: "stopped" }));
				const end = await Promise.race([state.script(input, onEvent), stopped, gone]);
				if (end === signal.reason) throw signal.reason;
				return end as TurnEnd;
			},
			async answer({ answers }) {
				answered.push(answers);
				events.emit("answered", answers);
				return { taken: answers.map(({ questionId }) => questionId) };
			},
			async abort(conversationId) {
				aborted.push(conversationId);
				events.emit("abort");
			},
			close: async () => {},
		};
	};
	return { connectAgent, sent, aborted, answered, state, events };
}

/** A sandbox that runs, as a provider tells of it. */
export const aSandbox = (name: string, snapshot: string | null = null): SandboxInfo => ({
	id: name,
	name,
	state: "started",
	labels: {},
	createdAt: new Date(),
	gatewayUrl: "http://127.0.0.1:8701",
	toolsDir: "/opt/bobbin",
	homeDir: "/home/agent",
	secretsDir: SECRETS_DIR,
	snapshot,
});

/** GitHub's pull requests of one repository: one open for each branch. */
export function createFakeGithub() {
	const opened: PullRequestFacts[] = [];
	const bodies: string[] = [];
	const state = { beforeCreate: async () => {}, afterCreate: async () => {} };
	const github: PullRequestHost = {
		findPullRequest: async ({ branch }) => opened.find((facts) => facts.branch === branch) ?? null,
		async createPullRequest({ branch, base, title, draft, body }) {
			await state.beforeCreate();
			const facts: PullRequestFacts = {
				number: opened.length + 1,
				url: `https://github.example/acme/shop/pull/${opened.length + 1}`,
				title,
				branch,
				base,
				headSha: "0".repeat(40),
				state: "open",
				draft,
				additions: 1,
				deletions: 0,
			};
			opened.push(facts);
			bodies.push(body);
			await state.afterCreate();
			return facts;
		},
		readPullRequest: async ({ number }) => {
			const facts = opened.find((candidate) => candidate.number === number);
			if (!facts) throw new Error("no such pull request");
			return facts;
		},
	};
	return { github, opened, bodies, state };
}
