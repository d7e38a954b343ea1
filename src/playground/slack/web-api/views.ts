import { randomBytes } from "node:crypto";
import { fillIds } from "../block-kit/fill-ids.ts";
import { type ViewPayload, validateView } from "../block-kit/validate-view.ts";
import { botIn } from "../bots.ts";
import type { View } from "../model.ts";
import { Refused } from "../refused.ts";
import { APP, newSlackId, type World } from "../world.ts";
import { needed, structure, word } from "./arguments.ts";
import { refuseProblems } from "./check-content.ts";
import { defineMethod, type Method } from "./method.ts";

const MAX_STACK = 3;
const triggered = {
	trigger_id: word.optional(),
	interactivity_pointer: word.optional(),
	view: structure,
};

export const viewMethods: Record<string, Method> = {
	"views.open": defineMethod({
		tier: "tier4",
		tokens: ["bot"],
		args: triggered,
		run(world, _caller, args) {
			const view = checkView(args.view, "modal");
			const userId = world.triggers.redeem(args.trigger_id ?? args.interactivity_pointer ?? "");
			for (const open of world.store.views(userId, "modal")) world.store.closeView(open.id);
			return { view: openModal(world, userId, view, null) };
		},
	}),

	"views.push": defineMethod({
		tier: "tier4",
		tokens: ["bot"],
		args: triggered,
		run(world, _caller, args) {
			const view = checkView(args.view, "modal");
			const userId = world.triggers.redeem(args.trigger_id ?? args.interactivity_pointer ?? "");
			return { view: pushModal(world, userId, view) };
		},
	}),

	"views.update": defineMethod({
		tier: "tier4",
		tokens: ["bot"],
		args: {
			view_id: word.optional(),
			external_id: word.optional(),
			hash: word.optional(),
			view: structure,
		},
		run(world, caller, args) {
			const known = args.view_id
				? world.store.view(args.view_id)
				: args.external_id
					? world.store.viewByExternalId(caller.teamId, args.external_id)
					: undefined;
			const found = known === undefined ? undefined : world.store.view(known.id);
			if (found === undefined || found.open === 0 || found.team_id !== caller.teamId)
				throw new Refused("not_found");
			if (args.hash && args.hash !== found.hash) throw new Refused("hash_conflict");
			return { view: replaceView(world, found, checkView(args.view, found.type)) };
		},
	}),

	"views.publish": defineMethod({
		tier: "tier4",
		tokens: ["bot"],
		args: {
			user_id: needed,
			view: structure,
			hash: word.optional(),
			interactivity_pointer: word.optional(),
		},
		run(world, caller, args) {
			if (!world.manifest.features.app_home?.home_tab_enabled) throw new Refused("not_enabled");
			const user = world.store.user(args.user_id);
			if (user === undefined || user.team_id !== caller.teamId)
				throw new Refused("invalid_arguments", ["[ERROR] invalid user_id"]);
			const payload = checkView(args.view, "home");
			const known = world.store.views(user.id, "home")[0];
			if (args.hash && args.hash !== known?.hash) throw new Refused("hash_conflict");
			const id = known?.id ?? newSlackId("V");
			const view = build(world, user.id, payload, { id, previous: null, root: id });
			world.store.saveView(user.id, view);
			world.notify({ type: "home_published", to: user.id, view });
			return { view };
		},
	}),
};

/** @throws Refused `view_too_large`, or `invalid_arguments` with what is wrong and where */
export function checkView(view: unknown, expected: "modal" | "home"): ViewPayload {
	const check = validateView(view, expected);
	if (check.outcome === "too_large") throw new Refused("view_too_large");
	if (check.outcome === "invalid") throw refuseProblems("invalid_arguments", check.problems);
	return check.view;
}

/** Puts a modal on top of a person's stack. @throws Refused `push_limit_reached` or `not_found` without a modal below */
export function pushModal(world: World, userId: string, payload: ViewPayload): View {
	const stack = world.store.views(userId, "modal");
	const top = stack.at(-1);
	if (top === undefined) throw new Refused("not_found");
	if (stack.length >= MAX_STACK) throw new Refused("push_limit_reached");
	return openModal(world, userId, payload, top);
}

function openModal(world: World, userId: string, payload: ViewPayload, below: View | null): View {
	const teamId = world.store.user(userId)?.team_id ?? "";
	if (payload.external_id && world.store.viewByExternalId(teamId, payload.external_id)) {
		throw new Refused("duplicate_external_id");
	}
	const id = newSlackId("V");
	const place = { id, previous: below?.id ?? null, root: below?.root_view_id ?? id };
	const view = build(world, userId, payload, place);
	world.store.saveView(userId, view);
	world.notify({ type: "view_opened", to: userId, view });
	return view;
}

/** Replaces what a view shows; what the person typed stays where the block and its element stay. */
export function replaceView(world: World, known: View & { user_id: string }, payload: ViewPayload): View {
	const view = build(world, known.user_id, payload, {
		id: known.id,
		previous: known.previous_view_id,
		root: known.root_view_id,
	});
	const values = Object.fromEntries(
		Object.entries(known.state.values).filter(([blockId]) =>
			view.blocks.some((block) => (block as { block_id?: string }).block_id === blockId),
		),
	);
	const kept = { ...view, state: { values } };
	world.store.saveView(known.user_id, kept);
	world.notify(
		known.type === "home"
			? { type: "home_published", to: known.user_id, view: kept }
			: { type: "view_updated", to: known.user_id, view: kept },
	);
	return kept;
}

function build(
	world: World,
	userId: string,
	payload: ViewPayload,
	place: { id: string; previous: string | null; root: string },
): View {
	const modal = payload.type === "modal" ? payload : undefined;
	const teamId = world.store.user(userId)?.team_id ?? "";
	return {
		id: place.id,
		team_id: teamId,
		type: payload.type,
		blocks: fillIds(payload.blocks, () => newSlackId("").slice(0, 5)),
		private_metadata: payload.private_metadata ?? "",
		callback_id: payload.callback_id ?? "",
		external_id: payload.external_id ?? "",
		state: { values: {} },
		hash: `${Math.floor(world.now() / 1000)}.${randomBytes(4).toString("hex")}`,
		...(modal ? { title: modal.title, submit: modal.submit ?? null, close: modal.close ?? null } : {}),
		clear_on_close: modal?.clear_on_close ?? false,
		notify_on_close: modal?.notify_on_close ?? false,
		previous_view_id: place.previous,
		root_view_id: place.root,
		app_id: APP.id,
		app_installed_team_id: teamId,
		bot_id: botIn(world.store, teamId)?.botId ?? "",
	};
}
