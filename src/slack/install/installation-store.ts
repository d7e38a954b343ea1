import type { Db, Tx } from "../../db/client.ts";
import type { Seal } from "../../secrets/seal.ts";
import { SLACK_BOT_TOKEN } from "../../secrets/sealed-columns.ts";

/** A place where the app is installed: one workspace, or (with no team) a whole organisation. */
export interface Installation {
	id: string;
	teamId: string | null;
	enterpriseId: string | null;
	name: string;
	/** Its own address at Slack, with a slash at the end. */
	url: string;
	/** `setting`: by SLACK_BOT_TOKEN; its token is not in the database. */
	source: "oauth" | "setting";
	/** null: see `source`, or it was uninstalled. */
	botToken: string | null;
	botUserId: string;
	botId: string;
	scopes: string[];
	/** Raised by each new token, so that what is known of an older one harms nobody. */
	generation: number;
	endedAt: Date | null;
	endedWhy: "uninstalled" | "refused" | null;
}

export type NewInstallation = Pick<
	Installation,
	"teamId" | "enterpriseId" | "name" | "url" | "source" | "botToken" | "botUserId" | "botId" | "scopes"
> & { installedBy: string | null };

export interface InstallationStore {
	/**
	 * The one that is good for a workspace: its own before that of its organisation; ended ones last. An organisation's is
	 * found by the organisation's own id too: in some places Slack says that one.
	 */
	find(teamId: string): Promise<Installation | null>;
	/** Those of a workspace and of an organisation, by their own ids. */
	listOf(of: { teamId: string | null; enterpriseId: string | null }): Promise<Installation[]>;
	list(): Promise<Installation[]>;
	/** Keeps one, in the place of what was there before; gives that. */
	save(tx: Tx, installation: NewInstallation, at: Date): Promise<{ id: string; before: Installation | null }>;
	/** An uninstalled one keeps no token. `has_another_token` by now: it goes on. */
	end(
		tx: Tx,
		of: { id: string; generation: number },
		why: "uninstalled" | "refused",
		at: Date,
	): Promise<"ended" | "had_ended" | "has_another_token">;
	/** Its token is taken again. */
	revive(tx: Tx, id: string): Promise<void>;
	/** Which workspaces an organisation's installation may be used in. */
	saveTeams(enterpriseId: string, teams: { id: string; name: string }[]): Promise<void>;
	/** Slack spoke of a workspace as one of an organisation in which the app is installed. */
	addTeam(enterpriseId: string, teamId: string): Promise<void>;
	/** Ends those by SLACK_BOT_TOKEN, but for the one that it is about now. */
	endOtherSettings(kept: string | null, at: Date): Promise<void>;
	/** The workspaces that an installation stands for. */
	teamsOf(tx: Tx, installation: Pick<Installation, "teamId" | "enterpriseId">): Promise<string[]>;
	/** True once for each; the others are forgotten when they are over. */
	takeState(nonce: string, expiresAt: Date, now: Date): Promise<boolean>;
}

const COLUMNS = [
	"i.id",
	"i.team_id as teamId",
	"i.enterprise_id as enterpriseId",
	"i.name",
	"i.url",
	"i.source",
	"i.bot_token as sealed",
	"i.bot_user_id as botUserId",
	"i.bot_id as botId",
	"i.scopes",
	"i.generation",
	"i.ended_at as endedAt",
	"i.ended_why as endedWhy",
] as const;

export function createInstallationStore({ db, seal }: { db: Db; seal: Seal }): InstallationStore {
	const open = ({ sealed, ...row }: Omit<Installation, "botToken"> & { sealed: string }): Installation => ({
		...row,
		botToken: sealed === "" ? null : seal.open(SLACK_BOT_TOKEN, sealed),
	});
	const select = (tx: Tx) => tx.selectFrom("slack_installations as i").select(COLUMNS);

	return {
		async find(teamId) {
			const row = await select(db)
				.where((eb) =>
					eb.or([
						eb("i.team_id", "=", teamId),
						eb.and([
							eb("i.team_id", "is", null),
							eb.or([
								eb("i.enterprise_id", "=", teamId),
								eb(
									"i.enterprise_id",
									"=",
									eb
										.selectFrom("slack_organisation_teams")
										.select("enterprise_id")
										.where("team_id", "=", teamId),
								),
							]),
						]),
					]),
				)
				.orderBy("i.ended_at", (order) => order.desc().nullsFirst())
				.orderBy("i.team_id", (order) => order.asc().nullsLast())
				.limit(1)
				.executeTakeFirst();
			return row === undefined ? null : open(row);
		},

		async listOf({ teamId, enterpriseId }) {
			const rows = await select(db)
				.where((eb) =>
					eb.or([
						eb("i.team_id", "=", teamId),
						eb.and([eb("i.team_id", "is", null), eb("i.enterprise_id", "=", enterpriseId)]),
					]),
				)
				.execute();
			return rows.map(open);
		},

		async list() {
			return (await select(db).orderBy("i.installed_at").execute()).map(open);
		},

		async save(tx, installation, at) {
			const { teamId, enterpriseId, botToken, installedBy } = installation;
			const row = await select(tx)
				.where((eb) =>
					teamId === null
						? eb.and([eb("i.team_id", "is", null), eb("i.enterprise_id", "=", enterpriseId)])
						: eb("i.team_id", "=", teamId),
				)
				.forUpdate()
				.executeTakeFirst();
			const before = row === undefined ? null : open(row);
			const values = {
				enterprise_id: enterpriseId,
				name: installation.name,
				url: installation.url,
				source: installation.source,
				bot_token: botToken === null ? "" : seal.seal(SLACK_BOT_TOKEN, botToken),
				bot_user_id: installation.botUserId,
				bot_id: installation.botId,
				scopes: installation.scopes,
				installed_by: installedBy,
				installed_at: at,
				ended_at: null,
				ended_why: null,
			};
			const insert = tx
				.insertInto("slack_installations")
				.values({ id: crypto.randomUUID(), team_id: teamId, ...values });
			const { id } = await insert
				.onConflict((conflict) =>
					(teamId === null
						? conflict.column("enterprise_id").where("team_id", "is", null)
						: conflict.column("team_id").where("team_id", "is not", null)
					).doUpdateSet((eb) => ({
						...values,
						generation: eb("slack_installations.generation", "+", 1),
					})),
				)
				.returning("id")
				.executeTakeFirstOrThrow();
			return { id, before };
		},

		async end(tx, { id, generation }, why, at) {
			const row = await tx
				.selectFrom("slack_installations")
				.select(["generation", "ended_at as endedAt", "ended_why as endedWhy"])
				.where("id", "=", id)
				.forUpdate()
				.executeTakeFirst();
			if (row === undefined || row.generation !== generation) return "has_another_token";
			if (row.endedAt !== null && (row.endedWhy === why || why === "refused")) return "had_ended";
			await tx
				.updateTable("slack_installations")
				.set({
					ended_at: row.endedAt ?? at,
					ended_why: why,
					...(why === "uninstalled" ? { bot_token: "" } : {}),
				})
				.where("id", "=", id)
				.execute();
			return row.endedAt === null ? "ended" : "had_ended";
		},

		async revive(tx, id) {
			await tx
				.updateTable("slack_installations")
				.set({ ended_at: null, ended_why: null })
				.where("id", "=", id)
				.execute();
		},

		async saveTeams(enterpriseId, teams) {
			await db.transaction().execute(async (tx) => {
				await tx.deleteFrom("slack_organisation_teams").where("enterprise_id", "=", enterpriseId).execute();
				if (teams.length === 0) return;
				await tx
					.insertInto("slack_organisation_teams")
					.values(teams.map(({ id, name }) => ({ team_id: id, enterprise_id: enterpriseId, name })))
					.onConflict((conflict) =>
						conflict.column("team_id").doUpdateSet((eb) => ({
							enterprise_id: eb.ref("excluded.enterprise_id"),
							name: eb.ref("excluded.name"),
						})),
					)
					.execute();
			});
		},

		async addTeam(enterpriseId, teamId) {
			const of = { enterprise_id: enterpriseId };
			await db
				.insertInto("slack_organisation_teams")
				.values({ team_id: teamId, name: teamId, ...of })
				.onConflict((conflict) => conflict.column("team_id").doUpdateSet(of))
				.execute();
		},

		async endOtherSettings(kept, at) {
			let others = db
				.updateTable("slack_installations")
				.set({ ended_at: at, ended_why: "uninstalled" })
				.where("source", "=", "setting")
				.where("ended_at", "is", null);
			if (kept !== null) others = others.where("id", "!=", kept);
			await others.execute();
		},

		async teamsOf(tx, { teamId, enterpriseId }) {
			if (teamId !== null) return [teamId];
			const rows = await tx
				.selectFrom("slack_organisation_teams")
				.select("team_id")
				.where("enterprise_id", "=", enterpriseId)
				.execute();
			return rows.map((row) => row.team_id);
		},

		async takeState(nonce, expiresAt, now) {
			await db.deleteFrom("slack_install_states").where("expires_at", "<", now).execute();
			const { numInsertedOrUpdatedRows } = await db
				.insertInto("slack_install_states")
				.values({ nonce, expires_at: expiresAt })
				.onConflict((conflict) => conflict.column("nonce").doNothing())
				.executeTakeFirst();
			return numInsertedOrUpdatedRows === 1n;
		},
	};
}
