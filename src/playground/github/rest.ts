import type { Context } from "hono";
import type { z } from "zod";
import { openRepository } from "./access.ts";
import type { Level } from "./app-identity.ts";
import type { Caller } from "./callers.ts";
import { Refusal } from "./refusal.ts";
import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

export type RestEnv = { Variables: { caller: Caller } };
export type RestContext = Context<RestEnv>;

/**
 * Reads a JSON body strictly: what the schema does not name is refused, stricter than GitHub, which drops it, so that a
 * field that would have no effect is noticed here.
 */
export async function readBody<Schema extends z.ZodType>(
	c: RestContext,
	schema: Schema,
	resource: string,
): Promise<z.infer<Schema>> {
	const text = await c.req.text();
	let body: unknown;
	try {
		body = text === "" ? {} : JSON.parse(text);
	} catch {
		throw new Refusal(400, "Problems parsing JSON");
	}
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data;
	const errors = parsed.error.issues.flatMap((issue) =>
		issue.code === "unrecognized_keys"
			? issue.keys.map((field) => ({ resource, field, code: "invalid", message: "is not a permitted key" }))
			: [
					{
						resource,
						field: issue.path.join("."),
						code: issue.code === "invalid_type" && issue.input === undefined ? "missing_field" : "invalid",
						message: issue.message,
					},
				],
	);
	throw new Refusal(422, "Validation Failed", { errors });
}

const DEFAULT_PAGE = 30;
const LARGEST_PAGE = 100;

/** Cuts out the page that was asked for and sets the Link header. */
export function paginate<Item>(c: RestContext, world: World, items: Item[]): Item[] {
	const perPage = Math.min(readNumber(c.req.query("per_page"), DEFAULT_PAGE), LARGEST_PAGE);
	const page = readNumber(c.req.query("page"), 1);
	const last = Math.max(1, Math.ceil(items.length / perPage));
	const link = (number: number, rel: string) => {
		const { pathname, searchParams } = new URL(c.req.url);
		searchParams.set("page", String(number));
		const path = pathname.slice(pathname.indexOf("/api/v3") + "/api/v3".length);
		return `<${world.apiUrl}${path}?${searchParams}>; rel="${rel}"`;
	};
	const links = [
		...(page > 1 ? [link(page - 1, "prev"), link(1, "first")] : []),
		...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
	];
	if (links.length > 0) c.header("link", links.join(", "));
	return items.slice((page - 1) * perPage, page * perPage);
}

function readNumber(text: string | undefined, fallback: number): number {
	const value = Number(text);
	return text !== undefined && Number.isInteger(value) && value > 0 ? value : fallback;
}

/** The repository of the path, if the caller may do this to it; 404 or 403 otherwise. */
export function openPathRepository(
	c: RestContext,
	world: World,
	permission: string,
	level: Level,
): RepositoryRow {
	const { owner = "", repo = "" } = c.req.param() as { owner?: string; repo?: string };
	return openRepository(world, c.get("caller"), { owner, name: repo }, permission, level);
}
