import type { Db } from "../../db/client.ts";
import { type HomeState, readHomeState } from "./home-state.ts";

export interface HomeAddress {
	teamId: string;
	/** At Slack. */
	userId: string;
}

/** What is kept of one person's home. */
export interface HomeRow extends HomeAddress {
	/** Null: they may not use Bobbin. */
	personId: string | null;
	state: HomeState;
	/** Slack's, of what was published last; null: nothing was. */
	viewHash: string | null;
	/** Ours, of the same. */
	shown: string | null;
	openedAt: Date;
}

export interface HomeStore {
	/** Notes that a person looks at their home. `state` left out: it shows what it showed. Gives what is known of it. */
	touch(home: HomeAddress & { personId: string | null; state?: HomeState; at: Date }): Promise<HomeRow>;
	find(home: HomeAddress): Promise<HomeRow | null>;
	/** Notes what was published. */
	record(home: HomeAddress, published: { viewHash: string | null; shown: string | null }): Promise<void>;
	/** Of those that were opened since then: whoever looks at the figures, and of these people whoever looks at sessions. */
	findConcerned(of: { teamId: string; personIds: string[]; since: Date }): Promise<HomeRow[]>;
}

export function createHomeStore(db: Db): HomeStore {
	const columns = ["team_id", "user_id", "person_id", "state", "view_hash", "shown", "opened_at"] as const;
	return {
		async touch({ teamId, userId, personId, state, at }) {
			const known = { person_id: personId, opened_at: at };
			const chosen = state === undefined ? {} : { state: JSON.stringify(state) };
			const row = await db
				.insertInto("slack_homes")
				.values({
					team_id: teamId,
					user_id: userId,
					view_hash: null,
					shown: null,
					state: JSON.stringify(readHomeState(state)),
					...known,
				})
				.onConflict((conflict) =>
					conflict.columns(["team_id", "user_id"]).doUpdateSet({ ...known, ...chosen }),
				)
				.returning(columns)
				.executeTakeFirstOrThrow();
			return toHome(row);
		},

		async find({ teamId, userId }) {
			const row = await db
				.selectFrom("slack_homes")
				.select(columns)
				.where("team_id", "=", teamId)
				.where("user_id", "=", userId)
				.executeTakeFirst();
			return row ? toHome(row) : null;
		},

		async record({ teamId, userId }, { viewHash, shown }) {
			await db
				.updateTable("slack_homes")
				.set({ view_hash: viewHash, shown })
				.where("team_id", "=", teamId)
				.where("user_id", "=", userId)
				.execute();
		},

		async findConcerned({ teamId, personIds, since }) {
			const rows = await db
				.selectFrom("slack_homes")
				.select(columns)
				.where("team_id", "=", teamId)
				.where("opened_at", ">", since)
				.where("person_id", "is not", null)
				.execute();
			return rows.map(toHome).filter(({ personId, state }) => {
				if (state.tab === "sessions") return personId !== null && personIds.includes(personId);
				return state.tab === "stats";
			});
		},
	};
}

function toHome(row: {
	team_id: string;
	user_id: string;
	person_id: string | null;
	state: unknown;
	view_hash: string | null;
	shown: string | null;
	opened_at: Date;
}): HomeRow {
	return {
		teamId: row.team_id,
		userId: row.user_id,
		personId: row.person_id,
		state: readHomeState(row.state),
		viewHash: row.view_hash,
		shown: row.shown,
		openedAt: row.opened_at,
	};
}
