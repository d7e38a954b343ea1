import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareDataDir } from "../../src/data-dir.ts";

const ROOT = 0;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "bobbin-data-"));
	await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("a data folder that is made for root may be entered by the users that root drops to", async () => {
	const path = join(folder, "made");
	expect(await prepareDataDir(path, ROOT)).toEqual({ dir: path, sharedDir: path });
	expect(await modeOf(path)).toBe(0o755);
});

test("a folder that was there keeps its mode", async () => {
	expect(await prepareDataDir(folder, ROOT)).toEqual({ dir: folder, sharedDir: folder });
	expect(await modeOf(folder)).toBe(0o711);
});
