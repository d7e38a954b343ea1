// npm run rotate-keys: a new key for all that is sealed in the database, while Bobbin works.
import { loadConfig } from "../config.ts";
import { prepareDataDir } from "../data-dir.ts";
import type { Database } from "../db/client.ts";
import { connectDatabase } from "../db/connect.ts";
import { AppError, coerceError } from "../errors.ts";
import { recordAudit } from "../people/audit.ts";
import { openKeyFile } from "./key-file.ts";
import { resealAll } from "./reseal.ts";
import { createSeal, type SealKey } from "./seal.ts";

/** What was being written while the keys changed may still be sealed with the key before. */
const KEPT_KEYS = 1;

try {
	const config = loadConfig();
	const { dir, sharedDir } = await prepareDataDir(config.dataDir);
	const database = await connectDatabase({ databaseUrl: config.databaseUrl, sharedDir });
	try {
		await rotate(database, { dir, keys: config.encryptionKeys });
	} finally {
		await database.close();
		if (!database.foundRunning) await database.stopServer();
	}
} catch (thrown) {
	const error = coerceError(thrown);
	console.error(`bobbin: ${error instanceof AppError ? error.message : (error.stack ?? error.message)}`);
	process.exitCode = 1;
}

async function rotate(
	{ db, connect }: Database,
	input: { dir: string; keys: SealKey[] | null },
): Promise<void> {
	const alone = await connect();
	try {
		// Two at once would write over each other's new key in the file.
		const { rows } = await alone.query(
			"select pg_try_advisory_lock(hashtextextended('rotate-keys', 0)) as won",
		);
		if (!rows[0]?.won)
			throw new AppError("rotation_under_way", "Keys are being rotated already. Wait until that is done.");
		const { keys } = input;
		const file = keys === null ? openKeyFile(input.dir) : null;
		// All that were there stay until nothing is sealed with them any more.
		file?.addKey();
		const { resealed, unreadable } = await resealAll({
			db,
			seal: createSeal(file?.read ?? (() => keys ?? [])),
		});
		const data = { resealed, unreadable };
		await recordAudit(db, { personId: null, actor: "local", action: "keys.rotated", data }, new Date());
		console.log(`${resealed} sealed anew with the current key.`);
		if (unreadable > 0) {
			console.error(
				`${unreadable} cannot be opened with any key that is there. Put the missing key back and run this again, or let the people concerned disconnect GitHub and connect it anew, and the Slack workspaces add the app again.`,
			);
			process.exitCode = 1;
		} else if (file) file.dropOld(KEPT_KEYS);
		else
			console.log(
				"Once every instance runs with these ENCRYPTION_KEYS, run this again; then drop the old keys.",
			);
	} finally {
		await alone.end();
	}
}
