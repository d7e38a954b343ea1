import { readFile } from "node:fs/promises";
import type { SandboxProvider } from "../../sandbox/provider.ts";
import type { Row } from "./row.ts";

const FILES = 50_000;
const BYTES = 1_000_000_000;
const IMAGE = "bench-image";
const LIMIT_MS = 10 * 60_000;
/** What a turn might leave: files changed and added, folders gone. */
const CHANGES = `cd ~/repo && for n in $(seq 100 399); do echo changed >> d$n/f\${n}00.bin; done
	mkdir new && for n in $(seq 500); do echo $n > new/$n; done; rm -r d0 d1 d2 d3 d4 d5 d6 d7 d8 d9`;

const CROWDS = [1, 10, 50];

const toNames = (provider: string) => ({
	create: (crowd: number) => `${provider}: new sandbox from a 1 GB image → first command, ${crowd} at once`,
	snapshot: `${provider}: snapshot of a running session`,
	restore: `${provider}: restore of a session → first command`,
});

export const sandboxRows = (provider: string) => {
	const names = toNames(provider);
	return [...CROWDS.map(names.create), names.snapshot, names.restore];
};

/** Times a provider on an image of 1 GB in 50,000 files. `targets`: only for providers whose cost is ours. */
export async function measureSandboxes(options: {
	provider: SandboxProvider;
	runs: number;
	targets: boolean;
}): Promise<Row[]> {
	const { provider, runs } = options;
	const names = toNames(provider.name);
	const target = (ms: number) => (options.targets ? ms : null);
	let made = 0;

	/** To the answer of its first command. */
	async function create(snapshot: string): Promise<{ id: string; ms: number }> {
		const startedAtMs = performance.now();
		const { id } = await provider.create({ name: `bench-${made++}`, snapshot });
		await run(provider, id, "test -d ~/repo");
		return { id, ms: performance.now() - startedAtMs };
	}

	await buildImage(provider);
	const rows: Row[] = [];
	for (const crowd of CROWDS) {
		const samples: number[] = [];
		while (samples.length < Math.max(runs, crowd)) {
			const sandboxes = await Promise.all(Array.from({ length: crowd }, () => create(IMAGE)));
			samples.push(...sandboxes.map(({ ms }) => ms));
			await Promise.all(sandboxes.map(({ id }) => provider.delete(id)));
		}
		rows.push({ name: names.create(crowd), unit: "ms", target: crowd === 1 ? target(120) : null, samples });
	}

	const snapshots: number[] = [];
	const restores: number[] = [];
	for (let number = 0; number < runs; number++) {
		const session = await create(IMAGE);
		await run(provider, session.id, CHANGES);
		const startedAtMs = performance.now();
		await provider.snapshot(session.id, `bench-session-${number}`);
		snapshots.push(performance.now() - startedAtMs);
		await provider.delete(session.id);
		const restored = await create(`bench-session-${number}`);
		restores.push(restored.ms);
		await run(
			provider,
			restored.id,
			"cd ~/repo && test ! -e d9 && test -e new/500 && grep -q changed d399/*00.bin",
		);
		await provider.delete(restored.id);
		await provider.deleteSnapshot(`bench-session-${number}`);
	}
	await provider.deleteSnapshot(IMAGE);
	return [
		...rows,
		{ name: names.snapshot, unit: "ms", target: target(300), samples: snapshots },
		{ name: names.restore, unit: "ms", target: target(150), samples: restores },
	];
}

async function buildImage(provider: SandboxProvider): Promise<void> {
	const { id, homeDir } = await provider.create({ name: "bench-builder" });
	await provider.writeFile(
		id,
		`${homeDir}/seed-tree.mjs`,
		await readFile(new URL("seed-tree.mjs", import.meta.url)),
	);
	await run(provider, id, `cd ~ && node seed-tree.mjs repo ${FILES} ${BYTES}`);
	await provider.snapshot(id, IMAGE);
	await provider.delete(id);
}

async function run(provider: SandboxProvider, id: string, command: string): Promise<void> {
	const { exitCode, stderr } = await provider.exec(id, { command, timeoutMs: LIMIT_MS });
	if (exitCode !== 0) throw new Error(`${command.slice(0, 80)}: ${stderr.slice(-500)}`);
}
