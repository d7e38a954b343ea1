import { type Context, Hono } from "hono";
import { z } from "zod";
import { findActor, showUser } from "../actors.ts";
import { findDiscussed } from "../issues.ts";
import { notFound } from "../refusal.ts";
import { openPathRepository, type RestEnv, readBody } from "../rest.ts";
import { timestamp, type World } from "../world.ts";

const reactionBody = z.strictObject({
	content: z.enum(["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]),
});

interface ReactionRow {
	id: number;
	login: string;
	content: string;
	created_at: string;
}

const TABLE_OF = { issues: "comments", pulls: "review_comments" } as const;

/** Signs under comments, issues and pull requests. Reviews themselves take none over REST. */
export function createReactionRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;

	function open(c: Context<RestEnv>) {
		const kind = c.req.param("kind") as keyof typeof TABLE_OF | undefined;
		const id = Number(c.req.param("id"));
		const repository = openPathRepository(c, world, "metadata", "read");
		const signed =
			kind === undefined
				? { number: id }
				: state.get<{ number: number }>(
						`select number from ${TABLE_OF[kind]} where repository_id = ? and id = ?`,
						repository.id,
						id,
					);
		const found = signed && findDiscussed(world, repository, signed.number);
		if (found === undefined) throw notFound();
		const isRead = c.req.method === "GET" || c.get("caller").kind === "user";
		openPathRepository(
			c,
			world,
			found.kind === "pull" ? "pull_requests" : "issues",
			isRead ? "read" : "write",
		);
		// Numbers are counted in each repository.
		return { kind: kind ?? `number of ${repository.id}`, id };
	}

	const show = ({ id, login, content, created_at }: ReactionRow) => ({
		id,
		user: showUser(world, login),
		content,
		created_at,
	});
	const at = [
		"/repos/:owner/:repo/:kind{issues|pulls}/comments/:id{[0-9]+}/reactions",
		"/repos/:owner/:repo/issues/:id{[0-9]+}/reactions",
	];

	app.on("GET", at, (c) => {
		const { kind, id } = open(c);
		return c.json(
			state
				.all<ReactionRow>("select * from reactions where kind = ? and comment_id = ? order by id", kind, id)
				.map(show),
		);
	});

	app.on("POST", at, async (c) => {
		const { kind, id } = open(c);
		const { content } = await readBody(c, reactionBody, "Reaction");
		const { login } = findActor(world, c.get("caller"));
		const { changes } = state.run(
			"insert into reactions (kind, comment_id, login, content, created_at) values (?, ?, ?, ?, ?) on conflict do nothing",
			...[kind, id, login, content, timestamp(world)],
		);
		const row = state.get<ReactionRow>(
			"select * from reactions where kind = ? and comment_id = ? and login = ? and content = ?",
			...[kind, id, login, content],
		);
		if (row === undefined) throw new Error("the reaction was not inserted");
		return c.json(show(row), changes > 0 ? 201 : 200);
	});

	return app;
}
