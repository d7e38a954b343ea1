import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildImage } from "../../sandbox/images/build-image.ts";
import type { BuildInput, BuildOutcome, BuildStep } from "../../sandbox/images/build-input.ts";
import type { SandboxInfo, SandboxProvider } from "../../sandbox/provider.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { prepareLocalSandboxes } from "./local-sandboxes.ts";

export const TOKEN = "gateway-token-of-a-build-0123456789";

type Files = Record<string, string>;

export interface ImageBuilds {
	provider: SandboxProvider;
	rootDir: string;
	/** Builds a repository of the given files; everything else can be replaced. */
	build(
		files: Files,
		more?: Partial<BuildInput> & { signal?: AbortSignal; provider?: SandboxProvider },
	): Promise<SeenBuild>;
	/** Runs a command in a new sandbox of an image. */
	look(snapshot: string, command: string): Promise<string>;
	stop(): Promise<void>;
}

interface SeenBuild {
	/** What it was given. */
	input: BuildInput;
	outcome: BuildOutcome;
	log: string;
	/** `step: began` and `step: ended`, in order. */
	seen: string[];
	/** What is told of a step's last command. */
	step(name: string): BuildStep | undefined;
}

/** Real builds in real local sandboxes; the repository is made by the caller's own `prepare`. */
export async function prepareImageBuilds(isolation: "full" | "none" = "full"): Promise<ImageBuilds> {
	const sandboxes = await prepareLocalSandboxes();
	const guest = fileURLToPath(new URL("../../sandbox/guest", import.meta.url));
	await cp(guest, sandboxes.guestDir, { recursive: true });
	const provider = sandboxes.open({
		isolation,
		gateway: (_, response) => void response.writeHead(401, { "www-authenticate": "Basic" }).end(),
	});
	let count = 0;

	return {
		provider,
		rootDir: sandboxes.rootDir,
		async build(files, more = {}) {
			const number = ++count;
			const seen: string[] = [];
			let log = "";
			const { signal = new AbortController().signal, provider: engine = provider, ...replaced } = more;
			const input: BuildInput = {
				sandboxName: `build-${number}`,
				snapshot: `bobbin-image-${number}`,
				recipeText: null,
				prepare: (sandbox) => makeRepository(provider, sandbox, files),
				warmAgent: async () => {},
				onStep: ({ step }, state) => void seen.push(`${step}: ${state}`),
				onLog: (text) => {
					log = text;
				},
				limits: { stepMs: PATIENCE_MS, totalMs: 2 * PATIENCE_MS, logBytes: 64 * 1024 },
				...replaced,
			};
			const outcome = await buildImage({ provider: engine, now: Date.now }, input, signal);
			const step = (name: string) => outcome.steps.findLast((entry) => entry.step === name);
			return { input, outcome, log, seen, step };
		},
		async look(snapshot, command) {
			const sandbox = await provider.create({ name: `look-${++count}`, snapshot });
			try {
				const { stdout, stderr } = await provider.exec(sandbox.id, { command, timeoutMs: 60_000 });
				return `${stdout}${stderr}`.trim();
			} finally {
				await provider.delete(sandbox.id);
			}
		},
		stop: () => sandboxes.remove(),
	};
}

/** As a caller does it, but without a network: token, and a repository with one commit. */
export async function makeRepository(
	provider: SandboxProvider,
	sandbox: SandboxInfo,
	files: Files,
): Promise<{ directory: string }> {
	const directory = `${sandbox.homeDir}/repo`;
	await provider.writeFile(sandbox.id, `${sandbox.secretsDir}/token`, TOKEN, 0o600);
	for (const [path, text] of Object.entries(files)) {
		await provider.writeFile(sandbox.id, `${directory}/${path}`, text);
	}
	const identity = "-c user.name=a -c user.email=a@example.com";
	await provider.exec(sandbox.id, {
		command: `mkdir -p ~/repo && cd ~/repo && git init -q -b main && git add -A && git ${identity} commit -qm first --allow-empty`,
		timeoutMs: 60_000,
	});
	return { directory };
}
