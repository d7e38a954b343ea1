import type { Db } from "../../db/client.ts";

/** A picture as a workspace has it. */
export interface SlackPicture {
	pictureId: string;
	/** Slack's; null: it does not take the picture. */
	fileId: string | null;
	uploadedAt: Date;
	/** Slack has looked it through: messages may show it. */
	isReady: boolean;
}

/** What was uploaded, so that nothing is twice and a message that is drawn again has the same files. */
export interface SlackPictureStore {
	load(teamId: string, pictureIds: string[]): Promise<SlackPicture[]>;
	/** Keeps what came of an upload; of two at once the first counts. */
	keep(of: { pictureId: string; teamId: string; fileId: string | null; at: Date }): Promise<void>;
	setReady(of: { pictureId: string; teamId: string; at: Date }): Promise<void>;
	/** Slack does not show these files. */
	refuse(teamId: string, fileIds: string[]): Promise<void>;
}

export function createSlackPictureStore(db: Db): SlackPictureStore {
	return {
		async load(teamId, pictureIds) {
			if (pictureIds.length === 0) return [];
			const rows = await db
				.selectFrom("slack_pictures")
				.selectAll()
				.where("team_id", "=", teamId)
				.where("picture_id", "in", pictureIds)
				.execute();
			return rows.map((row) => ({
				pictureId: row.picture_id,
				fileId: row.file_id,
				uploadedAt: row.uploaded_at,
				isReady: row.ready_at !== null,
			}));
		},
		async keep({ pictureId, teamId, fileId, at }) {
			await db
				.insertInto("slack_pictures")
				.values({ picture_id: pictureId, team_id: teamId, file_id: fileId, uploaded_at: at })
				.onConflict((conflict) => conflict.doNothing())
				.execute();
		},
		async setReady({ pictureId, teamId, at }) {
			await db
				.updateTable("slack_pictures")
				.set({ ready_at: at })
				.where("picture_id", "=", pictureId)
				.where("team_id", "=", teamId)
				.execute();
		},
		async refuse(teamId, fileIds) {
			await db
				.updateTable("slack_pictures")
				.set({ file_id: null })
				.where("team_id", "=", teamId)
				.where("file_id", "in", fileIds)
				.execute();
		},
	};
}
