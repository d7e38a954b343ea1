import { z } from "zod";
import type { User, ViewValues } from "../model.ts";
import { Refused } from "../refused.ts";
import { showFile } from "../web-api/files.ts";
import type { World } from "../world.ts";

const chosen = z.array(z.looseObject({ id: z.string() }));

/**
 * The files that a person chose in a dialog, as Slack tells of them; from then on the app may read them, in whatever
 * channel they are or are not.
 *
 * @throws Refused `file_not_found`: it is not theirs, or not whole
 */
export function giveFiles(world: World, user: User, values: ViewValues): ViewValues {
	const give = ({ id }: { id: string }) => {
		const file = world.store.file(id);
		if (file === undefined || !file.complete || file.user !== user.id) throw new Refused("file_not_found");
		// Slack tells of a form when it has looked through its files.
		const given = { ...file, given_to_app: true, looked_through_at: 0 };
		world.store.saveFile(given);
		return showFile(world, given);
	};
	return mapActions(values, (value) =>
		value.type === "file_input" && value.files !== null
			? { ...value, files: chosen.parse(value.files).map(give) }
			: value,
	);
}

function mapActions(
	values: ViewValues,
	change: (value: Record<string, unknown>) => Record<string, unknown>,
): ViewValues {
	return Object.fromEntries(
		Object.entries(values).map(([block, actions]) => [
			block,
			Object.fromEntries(Object.entries(actions).map(([action, value]) => [action, change(value)])),
		]),
	) as ViewValues;
}
