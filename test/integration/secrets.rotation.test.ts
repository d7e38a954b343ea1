import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGrant, saveGrant, voidGrant } from "../../src/people/token-store.ts";
import { openKeyFile } from "../../src/secrets/key-file.ts";
import { resealAll } from "../../src/secrets/reseal.ts";
import { createSeal, type Seal } from "../../src/secrets/seal.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aPerson, createCore } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let dir: string;
beforeAll(async () => {
	database = await createTestDatabase();
	dir = await mkdtemp(join(tmpdir(), "bobbin-keys-"));
});
afterAll(async () => {
	await database.drop();
	await rm(dir, { recursive: true, force: true });
});

const grant = (accessToken: string) => ({
	accessToken,
	accessExpiresAtMs: null,
	refreshToken: `refresh-${accessToken}`,
	refreshExpiresAtMs: null,
});
const give = async (seal: Seal, personId: string, token: string) =>
	saveGrant(database.db, seal, { personId, grant: grant(token), at: new Date() });
const people = async (count: number) =>
	Promise.all(Array.from({ length: count }, () => aPerson(createCore(database))));
const ids = async () => {
	const rows = await database.db
		.selectFrom("github_tokens")
		.select(["access_token", "refresh_token"])
		.execute();
	const sealed = rows
		.flatMap((row) => [row.access_token, row.refresh_token ?? ""])
		.filter((text) => text !== "");
	return new Set(sealed.map((text) => text.split(".")[1]));
};

it("a key file is made once, for its owner only, however many begin at the same time", async () => {
	const files = await Promise.all(Array.from({ length: 8 }, async () => openKeyFile(dir)));
	expect(new Set(files.map((file) => JSON.stringify(file.read()))).size).toBe(1);
	expect((await stat(join(dir, "encryption-keys"))).mode & 0o777).toBe(0o600);
});

it("a key file that is none is told, and not written over", async () => {
	const broken = await mkdtemp(join(tmpdir(), "bobbin-keys-"));
	await writeFile(join(broken, "encryption-keys"), "not keys");
	const file = openKeyFile(broken);
	expect(() => file.read()).toThrow(expect.objectContaining({ code: "bad_config" }));
	expect(await readFile(join(broken, "encryption-keys"), "utf8")).toBe("not keys");
	await rm(broken, { recursive: true });
});

it("everything is sealed anew in batches, while people's tokens change under it", async () => {
	const file = openKeyFile(dir);
	const seal = createSeal(file.read);
	const owners = await people(25);
	for (const [index, personId] of owners.entries()) await give(seal, personId, `token-${index}`);
	const [first, second, revoked] = owners;
	if (!first || !second || !revoked) throw new Error("too few");
	await voidGrant(database.db, { personId: revoked, at: new Date() });
	file.addKey();

	const [{ unreadable }] = await Promise.all([
		resealAll({ db: database.db, seal }, 4),
		give(seal, first, "changed"),
		give(seal, second, "changed too"),
	]);

	expect(unreadable).toBe(0);
	expect(await ids()).toEqual(new Set([file.read()[0]?.id]));
	file.dropOld(0);
	expect(await readGrant(database.db, seal, first)).toEqual(grant("changed"));
	expect(await readGrant(database.db, seal, owners[20] ?? "")).toEqual(grant("token-20"));
	expect(await resealAll({ db: database.db, seal })).toEqual({ resealed: 0, unreadable: 0 });
});

it("what no key opens is counted and left as it is", async () => {
	const [personId] = await people(1);
	const foreign = createSeal(() => [{ id: "lost", bytes: new Uint8Array(32) }]);
	await give(foreign, personId ?? "", "lost");
	const result = await resealAll({ db: database.db, seal: createSeal(openKeyFile(dir).read) });
	expect(result).toEqual({ resealed: 0, unreadable: 2 });
	expect(await readGrant(database.db, foreign, personId ?? "")).toEqual(grant("lost"));
	await voidGrant(database.db, { personId: personId ?? "", at: new Date() });
});

it("what is no sealed text is counted too, and keeps nothing else from being sealed anew", async () => {
	const [damaged = "", other = ""] = await people(2);
	const file = openKeyFile(dir);
	const seal = createSeal(file.read);
	await give(seal, damaged, "damaged");
	await give(seal, other, "other");
	file.addKey();
	const ofDamaged = database.db.updateTable("github_tokens").where("person_id", "=", damaged);
	await ofDamaged.set({ access_token: "cut off" }).execute();
	expect((await resealAll({ db: database.db, seal })).unreadable).toBe(1);
	file.dropOld(0);
	expect(await readGrant(database.db, seal, other)).toEqual(grant("other"));
	for (const personId of [damaged, other]) await voidGrant(database.db, { personId, at: new Date() });
});

describe("the command", () => {
	it("makes a new key, seals with it and keeps the one before", async () => {
		const before = openKeyFile(dir).read();

		const { code, said } = await runCommand();

		expect(said).toMatch(/48 sealed anew/);
		expect(code).toBe(0);
		const after = openKeyFile(dir).read();
		expect(after).toHaveLength(2);
		expect(after[1]).toEqual(before[0]);
		expect(await ids()).toEqual(new Set([after[0]?.id]));
	});

	it("finishes what one before it, that was killed, began", async () => {
		const file = openKeyFile(dir);
		// As it is left when half of the rows are sealed anew.
		file.addKey();
		const seal = createSeal(file.read);
		const owners = await database.db
			.selectFrom("github_tokens")
			.select("person_id")
			.where("state", "=", "live")
			.orderBy("person_id")
			.execute();
		for (const { person_id } of owners.slice(0, 10)) await give(seal, person_id, person_id);
		expect((await ids()).size).toBe(2);

		const { code } = await runCommand();

		expect(code).toBe(0);
		expect(file.read()).toHaveLength(2);
		expect(await ids()).toEqual(new Set([file.read()[0]?.id]));
		for (const { person_id } of owners) expect(await readGrant(database.db, seal, person_id)).toBeDefined();
	});

	it("leaves the keys alone while another one is at work", async () => {
		const before = openKeyFile(dir).read();
		const other = await database.connect();
		await other.query("select pg_advisory_lock(hashtextextended('rotate-keys', 0))");

		const { code, said } = await runCommand();

		await other.end();
		expect(said).toMatch(/being rotated already/);
		expect(code).toBe(1);
		expect(openKeyFile(dir).read()).toEqual(before);
	});
});

async function runCommand(): Promise<{ code: number | null; said: string }> {
	const command = spawn(process.execPath, ["src/secrets/rotate-keys.ts"], {
		env: { ...process.env, DATABASE_URL: database.url, DATA_DIR: dir, ENCRYPTION_KEYS: "" },
	});
	let said = "";
	command.stdout.on("data", (chunk) => (said += chunk));
	command.stderr.on("data", (chunk) => (said += chunk));
	const [code] = await once(command, "close");
	return { code, said };
}
