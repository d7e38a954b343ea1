import { randomUUID } from "node:crypto";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { Box, Boxes } from "./boxes.ts";
import type { Faults } from "./faults.ts";
import { Refusal, type Route } from "./http.ts";
import type { Previews } from "./previews.ts";
import * as requests from "./requests.ts";

interface SnapshotDto {
	id: string;
	general: boolean;
	name: string;
	state: string;
	size: number | null;
	entrypoint: null;
	cpu: number;
	gpu: number;
	mem: number;
	disk: number;
	errorReason: string | null;
	createdAt: string;
	updatedAt: string;
	lastUsedAt: null;
	sourceSandboxId: string | null;
}

export interface StoredSnapshot {
	dto: SnapshotDto;
	/** The engine's name of it. */
	local: string;
}

const IN_TRANSITION = ["creating", "starting", "stopping", "snapshotting", "pulling_snapshot"];

/** The routes under `/api`: sandboxes and snapshots. */
export function createControlPlane(deps: {
	local: LocalProvider;
	boxes: Boxes;
	snapshots: Map<string, StoredSnapshot>;
	previews: Previews;
	faults: Faults;
}): Route[] {
	const { local, boxes, snapshots, previews, faults } = deps;

	const findSnapshot = (idOrName: string) =>
		snapshots.get(idOrName) ?? [...snapshots.values()].find(({ dto }) => dto.name === idOrName);
	const needSnapshot = (idOrName: string) => {
		const found = findSnapshot(idOrName);
		if (found) return found;
		throw new Refusal(404, `Snapshot with ID ${idOrName} not found`);
	};
	const mustBe = (box: Box, states: string[]) => {
		const { state } = box.dto;
		if (states.includes(state)) return;
		if (IN_TRANSITION.includes(state)) throw new Refusal(409, "Sandbox state change in progress");
		throw new Refusal(400, `Sandbox is in an invalid state: ${state}`);
	};
	const refuseNetwork = () => {
		if (faults.refuseAllowList)
			throw new Refusal(400, "Network settings are not available for this organization's tier");
	};
	const checkRoom = () => {
		const onDisk = [...boxes.all.values()].filter(
			({ dto }) => !["archived", "destroying"].includes(dto.state),
		);
		if (onDisk.length >= faults.maxOnDisk)
			throw new Refusal(400, "Total disk limit exceeded. Maximum allowed: 30GiB.");
	};

	function addSnapshot(name: string, localName: string, sourceSandboxId: string): void {
		const now = new Date().toISOString();
		const id = randomUUID();
		const dto: SnapshotDto = {
			id,
			general: false,
			name,
			state: "pulling",
			size: 0.1,
			entrypoint: null,
			cpu: 2,
			gpu: 0,
			mem: 4,
			disk: 10,
			errorReason: null,
			createdAt: now,
			updatedAt: now,
			lastUsedAt: null,
			sourceSandboxId,
		};
		snapshots.set(id, { dto, local: localName });
		// It is pushed before it can be used.
		setTimeout(() => {
			dto.state = "active";
		}, 20).unref();
	}

	return [
		[
			"POST",
			/^\/sandbox$/,
			async ({ body }) => {
				const wanted = await body(requests.createSandbox);
				const { name, snapshot, buildInfo } = wanted;
				if (snapshot !== undefined && (buildInfo ?? wanted.cpu ?? wanted.memory ?? wanted.disk) !== undefined)
					throw new Refusal(400, "Cannot specify Sandbox resources when using a snapshot");
				if (name && [...boxes.all.values()].some(({ dto }) => dto.name === name))
					throw new Refusal(409, `Sandbox with name ${name} already exists`);
				if (wanted.domainAllowList !== undefined) refuseNetwork();
				const stored = snapshot === undefined ? undefined : findSnapshot(snapshot);
				if (snapshot !== undefined && !stored)
					throw new Refusal(400, `Snapshot ${snapshot} not found. Did you add it?`);
				if (stored && stored.dto.state !== "active")
					throw new Refusal(400, `Snapshot ${snapshot} is ${stored.dto.state}`);
				checkRoom();
				const box = boxes.add({
					name,
					snapshot,
					localSnapshot: stored?.local,
					env: wanted.env ?? {},
					labels: wanted.labels ?? {},
					domainAllowList: wanted.domainAllowList,
					autoStopInterval: wanted.autoStopInterval ?? 15,
					target: wanted.target ?? "eu",
					firstState: buildInfo ? "pending_build" : "creating",
				});
				return { body: box.dto };
			},
		],
		[
			"GET",
			/^\/sandbox$/,
			async ({ query }) => {
				const { cursor, limit, labels = {} } = query(requests.listSandboxes);
				const found = [...boxes.all.values()]
					.map(({ dto }) => dto)
					.filter((dto) => Object.entries(labels).every(([key, value]) => dto.labels[key] === value));
				const from = Number(cursor ?? 0);
				const to = from + Math.min(limit, 3);
				// Pages are small, so that tests turn them; a list has no environment.
				const items = found.slice(from, to).map(({ env: _, ...item }) => item);
				return { body: { items, nextCursor: to < found.length ? String(to) : null } };
			},
		],
		["GET", /^\/sandbox\/([^/]+)$/, async ({ parts: [id = ""] }) => ({ body: boxes.need(id).dto })],
		[
			"DELETE",
			/^\/sandbox\/([^/]+)$/,
			async ({ parts: [id = ""] }) => {
				const box = boxes.need(id);
				if (faults.refuseDeletes > 0) {
					faults.refuseDeletes--;
					throw new Refusal(409, "Sandbox state change in progress");
				}
				boxes.remove(box);
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/start$/,
			async ({ parts: [id = ""] }) => {
				const box = boxes.need(id);
				mustBe(box, ["stopped", "archived"]);
				boxes.start(box);
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/stop$/,
			async ({ parts: [id = ""], query }) => {
				query(requests.stopSandbox);
				const box = boxes.need(id);
				mustBe(box, ["started"]);
				boxes.stop(box);
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/archive$/,
			async ({ parts: [id = ""] }) => {
				const box = boxes.need(id);
				mustBe(box, ["stopped"]);
				boxes.setState(box, "archived");
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/recover$/,
			async ({ parts: [id = ""] }) => {
				const box = boxes.need(id);
				mustBe(box, ["error"]);
				if (!box.dto.recoverable) throw new Refusal(400, "Sandbox is not recoverable");
				boxes.start(box);
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/last-activity$/,
			async ({ parts: [id = ""] }) => {
				const box = boxes.need(id);
				box.dto.lastActivityAt = new Date().toISOString();
				box.touched++;
				return { status: 201 };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/snapshot$/,
			async ({ parts: [id = ""], body }) => {
				const { name, includeMemory } = await body(requests.snapshotSandbox);
				const box = boxes.need(id);
				if (includeMemory) throw new Refusal(400, "Memory is kept of VM sandboxes only");
				mustBe(box, ["started", "stopped"]);
				if (findSnapshot(name)) throw new Refusal(409, `Snapshot with name ${name} already exists`);
				const before = box.dto.state;
				const localName = `s-${randomUUID()}`;
				boxes.setState(box, "snapshotting");
				const silent = faults.silentSnapshotFailure;
				box.work = local.snapshot(box.dto.id, localName).finally(() => boxes.setState(box, before));
				box.work.then(() => silent || addSnapshot(name, localName, box.dto.id));
				return { body: box.dto };
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/fork$/,
			async ({ parts: [id = ""], body }) => {
				await body(requests.forkSandbox);
				boxes.need(id);
				throw new Refusal(422, "Forking is not supported for sandboxes of class container");
			},
		],
		[
			"POST",
			/^\/sandbox\/([^/]+)\/network-settings$/,
			async ({ parts: [id = ""], body }) => {
				const settings = await body(requests.networkSettings);
				const box = boxes.need(id);
				refuseNetwork();
				if (settings.domainAllowList !== undefined) box.dto.domainAllowList = settings.domainAllowList;
				return { body: box.dto };
			},
		],
		[
			"GET",
			/^\/sandbox\/([^/]+)\/ports\/(\d+)\/preview-url$/,
			async ({ parts: [id = "", port = ""] }) => {
				const box = boxes.need(id);
				const url = await previews.open(box, Number(port));
				return { body: { sandboxId: box.dto.id, url, token: box.previewToken } };
			},
		],
		[
			"GET",
			/^\/snapshots$/,
			async ({ query }) => {
				const { page, limit } = query(requests.listSnapshots);
				const all = [...snapshots.values()].map(({ dto }) => dto);
				const size = Math.min(limit, 3);
				const items = all.slice((page - 1) * size, page * size);
				return { body: { items, total: all.length, page, totalPages: Math.ceil(all.length / size) } };
			},
		],
		["GET", /^\/snapshots\/([^/]+)$/, async ({ parts: [id = ""] }) => ({ body: needSnapshot(id).dto })],
		[
			"DELETE",
			/^\/snapshots\/([^/]+)$/,
			async ({ parts: [id = ""] }) => {
				const stored = needSnapshot(id);
				snapshots.delete(stored.dto.id);
				await local.deleteSnapshot(stored.local);
				return {};
			},
		],
		[
			"POST",
			/^\/snapshots\/([^/]+)\/activate$/,
			async ({ parts: [id = ""] }) => {
				const { dto } = needSnapshot(id);
				if (dto.state !== "inactive") throw new Refusal(400, `Snapshot is ${dto.state}`);
				dto.state = "pulling";
				setTimeout(() => {
					dto.state = "active";
				}, 20).unref();
				return { body: dto };
			},
		],
	];
}
