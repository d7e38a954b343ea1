import { z } from "zod";
import type { Caller } from "../caller.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";

/** Calls a minute that Slack allows to one app in one workspace for one method; `postMessage` counts by channel. */
export type Tier = "tier1" | "tier2" | "tier3" | "tier4" | "special" | "postMessage";

export interface Method {
	tier: Tier;
	/** The token needs one of these; empty for none. */
	scopes: { bot: readonly string[]; user: readonly string[] };
	tokens: readonly Caller["kind"][];
	/** The names of all arguments, for messages about unknown ones. */
	run(world: World, caller: Caller, args: Record<string, unknown>): Record<string, unknown>;
}

/** Describes a method: how often, with which scopes and arguments, and what it does. */
export function defineMethod<Shape extends z.ZodRawShape>(definition: {
	tier: Tier;
	scopes?: readonly string[];
	/** Where a human's token needs other scopes than the bot's. */
	userScopes?: readonly string[];
	tokens?: readonly Caller["kind"][];
	args: Shape;
	run: (
		world: World,
		caller: Caller,
		args: z.output<z.ZodObject<Shape, z.core.$strict>>,
	) => Record<string, unknown>;
}): Method {
	const schema = z.strictObject(definition.args);
	return {
		tier: definition.tier,
		scopes: { bot: definition.scopes ?? [], user: definition.userScopes ?? definition.scopes ?? [] },
		tokens: definition.tokens ?? ["bot", "user"],
		run(world, caller, args) {
			const parsed = schema.safeParse(args, { reportInput: true });
			if (!parsed.success) throw new Refused("invalid_arguments", parsed.error.issues.flatMap(toMessages));
			return definition.run(world, caller, parsed.data);
		},
	};
}

function toMessages(issue: z.core.$ZodIssue): string[] {
	if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `[ERROR] unknown argument: ${key}`);
	const field = issue.path.join(".");
	if (issue.code === "invalid_type" && issue.input === undefined)
		return [`[ERROR] missing required field: ${field}`];
	return [`[ERROR] ${issue.message} [json-pointer:/${issue.path.join("/")}]`];
}
