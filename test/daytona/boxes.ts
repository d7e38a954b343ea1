import { randomBytes, randomUUID } from "node:crypto";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { Faults } from "./faults.ts";
import { Refusal } from "./http.ts";

/** A sandbox as the API tells it: the fields that the SDK reads. */
interface SandboxDto {
	id: string;
	organizationId: string;
	name: string;
	snapshot?: string;
	user: string;
	env: Record<string, string>;
	labels: Record<string, string>;
	public: boolean;
	networkBlockAll: boolean;
	domainAllowList?: string;
	target: string;
	cpu: number;
	gpu: number;
	memory: number;
	disk: number;
	state: string;
	errorReason?: string;
	recoverable?: boolean;
	autoStopInterval: number;
	createdAt: string;
	updatedAt: string;
	lastActivityAt: string;
	sandboxClass: "container";
	toolboxProxyUrl: string;
}

interface SessionCommand {
	command: string;
	/** Of the local engine's process. */
	key: string;
}

export interface Box {
	dto: SandboxDto;
	/** For previews; a new one at each start. */
	previewToken: string;
	sessions: Map<string, Map<string, SessionCommand>>;
	/** How often it was said to be in use. */
	touched: number;
	/** What is under way inside the engine. */
	work: Promise<unknown>;
}

export interface Boxes {
	all: Map<string, Box>;
	add(spec: NewBox): Box;
	/** By id or name. @throws Refusal 404 */
	need(idOrName: string): Box;
	start(box: Box): void;
	stop(box: Box): void;
	remove(box: Box): void;
	setState(box: Box, state: string): void;
}

interface NewBox {
	name?: string | undefined;
	snapshot?: string | undefined;
	/** The engine's name of that snapshot. */
	localSnapshot?: string | undefined;
	env: Record<string, string>;
	labels: Record<string, string>;
	domainAllowList?: string | undefined;
	autoStopInterval: number;
	target: string;
	firstState: string;
}

/** Sandboxes of the local engine in Daytona's states. Their id is their name there. */
export function createBoxes(deps: { local: LocalProvider; faults: Faults; origin: () => string }): Boxes {
	const { local, faults } = deps;
	const all = new Map<string, Box>();

	function setState(box: Box, state: string): void {
		box.dto.state = state;
		box.dto.updatedAt = new Date().toISOString();
	}
	function enter(box: Box, during: string, act: () => Promise<unknown>, after: string): void {
		setState(box, during);
		box.work = act().then(
			() => setState(box, after),
			(error) => fail(box, String(error), false),
		);
	}
	function fail(box: Box, errorReason: string, recoverable: boolean): void {
		setState(box, "error");
		Object.assign(box.dto, { errorReason, recoverable });
	}
	function bring(box: Box, during: string, act: () => Promise<unknown>): void {
		box.previewToken = randomBytes(12).toString("hex");
		const failure = faults.failStart;
		faults.failStart = null;
		if (faults.stuckStarting) setState(box, "starting");
		else if (failure) {
			enter(box, during, act, "starting");
			box.work = box.work.then(() => fail(box, "the runner lost it", failure.recoverable));
		} else enter(box, during, act, "started");
	}

	return {
		all,
		setState,
		add(spec) {
			const id = randomUUID();
			const now = new Date().toISOString();
			const dto: SandboxDto = {
				id,
				organizationId: "organisation",
				name: spec.name ?? id,
				...(spec.snapshot === undefined ? {} : { snapshot: spec.snapshot }),
				user: "agent",
				env: spec.env,
				labels: spec.labels,
				public: false,
				networkBlockAll: false,
				...(spec.domainAllowList === undefined ? {} : { domainAllowList: spec.domainAllowList }),
				target: spec.target,
				cpu: 2,
				gpu: 0,
				memory: 4,
				disk: 10,
				state: spec.firstState,
				autoStopInterval: spec.autoStopInterval,
				createdAt: now,
				updatedAt: now,
				lastActivityAt: now,
				sandboxClass: "container",
				toolboxProxyUrl: `${deps.origin()}/toolbox`,
			};
			const box: Box = {
				dto,
				previewToken: "",
				sessions: new Map(),
				touched: 0,
				work: Promise.resolve(),
			};
			all.set(id, box);
			const allowHosts = spec.domainAllowList?.split(",").map((host) => host.replace(/^\*/, ""));
			bring(box, spec.firstState, () =>
				local.create({
					name: id,
					env: spec.env,
					...(spec.localSnapshot === undefined ? {} : { snapshot: spec.localSnapshot }),
					...(allowHosts ? { allowHosts } : {}),
				}),
			);
			return box;
		},
		need(idOrName) {
			const box = all.get(idOrName) ?? [...all.values()].find(({ dto }) => dto.name === idOrName);
			if (box) return box;
			throw new Refusal(404, `Sandbox with ID or name ${idOrName} not found`);
		},
		start: (box) => bring(box, "starting", () => local.create({ name: box.dto.id })),
		stop(box) {
			box.sessions.clear();
			enter(box, "stopping", () => local.stop(box.dto.id), "stopped");
		},
		remove(box) {
			setState(box, "destroying");
			box.work = box.work
				.catch(() => {})
				.then(() => local.delete(box.dto.id))
				.then(() => all.delete(box.dto.id));
		},
	};
}
