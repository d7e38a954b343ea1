import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { SandboxInfo } from "../../sandbox/provider.ts";
import { ensureToken, hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { insertSandbox, lockSandbox, type SandboxRow } from "../../src/sessions/sandbox/sandbox-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";

/** More than a pool has connections. */
const MANY = 14;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let fakes: ReturnType<typeof createFakeSandboxes>;

beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
	fakes = createFakeSandboxes();
});

async function aSandbox(): Promise<{ row: SandboxRow; info: SandboxInfo }> {
	const name = `bobbin-${randomUUID().slice(0, 8)}`;
	const info = await fakes.sandboxes.create({ name });
	const of = { id: randomUUID(), session_id: null, repository_id: null, provider: "fake", name };
	return { row: await insertSandbox(database.db, { ...of, token_hash: hashToken(randomUUID()) }), info };
}

type Sandbox = Awaited<ReturnType<typeof aSandbox>>;
const deps = () => ({ db: database.db, sandboxes: fakes.sandboxes, newToken: randomUUID });
const ensure = ({ row, info }: Sandbox) => ensureToken(deps(), row, info);
const ensureWith = (hanging: Partial<typeof fakes.sandboxes>, { row, info }: Sandbox) =>
	ensureToken({ ...deps(), sandboxes: { ...fakes.sandboxes, ...hanging }, holdLimitMs: 200 }, row, info);
const hashOf = async ({ row }: { row: SandboxRow }) => (await lockSandbox(database.db, row.id)).token_hash;

it("is one, however many ask for it at once", async () => {
	const sandbox = await aSandbox();
	const tokens = new Set(await Promise.all(Array.from({ length: MANY }, () => ensure(sandbox))));
	expect(tokens.size).toBe(1);
	expect([...tokens].map(hashToken)).toEqual([await hashOf(sandbox)]);
});

it.each(["readFile", "writeFile"] as const)(
	"is not waited for without end where the provider hangs (%s): row and connections are free again",
	async (what) => {
		const all = await Promise.all(Array.from({ length: MANY }, aSandbox));
		const before = await Promise.all(all.map(hashOf));
		const hanging = { [what]: () => new Promise<never>(() => {}) };

		const answers = await Promise.allSettled(all.map((sandbox) => ensureWith(hanging, sandbox)));

		for (const answer of answers)
			expect(answer).toMatchObject({ reason: { name: "SandboxError", code: "timeout", retryable: true } });
		expect(await Promise.all(all.map(hashOf))).toEqual(before);
		const [first] = all;
		if (first === undefined) throw new Error("there is none");
		expect(hashToken(await ensure(first))).toBe(await hashOf(first));
	},
);

it("is another one where what was given up came to be written after all", async () => {
	const sandbox = await aSandbox();
	let late = async () => {};
	const writeFile: typeof fakes.sandboxes.writeFile = (...written) => {
		late = () => fakes.sandboxes.writeFile(...written);
		return new Promise<never>(() => {});
	};
	await expect(ensureWith({ writeFile }, sandbox)).rejects.toMatchObject({ code: "timeout" });
	await late();
	const [written] = fakes.made.get(sandbox.info.name)?.files.values() ?? [];
	const token = await ensure(sandbox);
	expect(token).not.toBe(new TextDecoder().decode(written));
	expect(hashToken(token)).toBe(await hashOf(sandbox));
	expect(fakes.state.strayKills).toBe(1);
});
