import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Image, Sandbox } from "@daytona/sdk";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import { orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import { type DaytonaLog, HOME, type Limits, USER } from "./daytona-provider-deps.ts";
import type { HandsClient } from "./hands-client.ts";
import type { Snapshots } from "./snapshots.ts";
import { toState } from "./states.ts";
import type { Tools } from "./tools.ts";

const BASE_PREFIX = "bobbin-base-";
/** After a failure nothing is built for this time: every creation would try again, and all of an organisation share its limits. */
const REST_MS = 60_000;
const PROBE_WITHIN_MS = 10_000;
/** The tools are in a builder, and the snapshot is under way, long before. */
const TAKE_OVER_AFTER_MS = 5 * 60_000;
/** Somebody else's build is not looked at as often as our own doings. */
const PATIENCE = 8;
const DOCKERFILE = fileURLToPath(new URL("../docker/Dockerfile", import.meta.url));

interface BaseDeps {
	connection: Connection;
	snapshots: Snapshots;
	hands: HandsClient;
	tools: () => Promise<Tools>;
	toolsRoot: string;
	/** null: our Dockerfile. */
	image: string | null;
	resources: { cpu: number; memory: number; disk: number };
	labels: Record<string, string>;
	gatewayUrl: () => string;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
}

/**
 * The snapshot that new sandboxes begin with: an image with our user and our tools. Its name tells its content, so
 * it is built once for all, by whoever comes first: from the image a sandbox, into it the tools, of it a snapshot.
 */
export function createBaseSnapshot(deps: BaseDeps): (signal?: AbortSignal) => Promise<string> {
	const { connection, snapshots, hands, toolsRoot, limits, log, now } = deps;
	let ready: Promise<string> | null = null;

	const ownSteps = [
		// Another image may have a user with the number, but hardly one with the name.
		`RUN useradd --create-home --home-dir ${HOME} --shell /bin/bash ${USER} && mkdir -p ${toolsRoot} && chown ${USER} ${toolsRoot}`,
		`USER ${USER}`,
		`WORKDIR ${HOME}`,
	];
	async function describeImage(): Promise<Image> {
		const { Image: Images } = await import("@daytona/sdk");
		const image = deps.image === null ? Images.fromDockerfile(DOCKERFILE) : Images.base(deps.image);
		return image.dockerfileCommands(ownSteps);
	}

	async function build(): Promise<string> {
		const [image, tools] = await Promise.all([describeImage(), deps.tools()]);
		const name = `${BASE_PREFIX}${hash(tools.key, image.dockerfile, JSON.stringify(deps.resources))}`;
		if (await isReady(name)) return name;
		log.info({ snapshot: name }, "building the base snapshot at Daytona (some minutes, once)");
		const beganMs = now();
		while (!(await isReady(name))) {
			if (now() - beganMs > limits.baseMs) {
				throw new SandboxError("timeout", `Another Bobbin has not finished ${name} in time.`, {
					retryable: true,
				});
			}
			const builder = await openBuilder(`${name}-builder`, image);
			if (builder) await complete(builder, tools, name);
			else await pause(limits.pollMs * PATIENCE);
		}
		log.info({ snapshot: name, tookMs: now() - beganMs }, "the base snapshot is ready");
		return name;
	}

	/** One that failed is removed, so that it can be made again. */
	async function isReady(name: string): Promise<boolean> {
		try {
			await snapshots.makeReady(name);
			return true;
		} catch (error) {
			if (!(error instanceof SandboxError) || !["not_found", "unavailable"].includes(error.code)) throw error;
			if (error.code === "unavailable") await snapshots.remove(name);
			return false;
		}
	}

	async function complete(builder: Sandbox, tools: Tools, name: string): Promise<void> {
		try {
			await fill(builder, tools);
			await snapshots.take(builder.id, name);
		} catch (error) {
			// Whoever is at the same one may have been faster, and has taken it away.
			if (!(error instanceof SandboxError) || error.code !== "not_found" || !(await isReady(name)))
				throw error;
		} finally {
			await connection
				.find(() => builder.delete())
				.catch((err) => log.warn({ err, sandbox: builder.name }, "the builder could not be deleted"));
		}
	}

	/**
	 * null: another instance is at it. A builder that has been running for longer than that takes belonged to one that
	 * died, and is taken over: nothing that is done to it does harm when it is done twice.
	 */
	async function openBuilder(name: string, image: Image): Promise<Sandbox | null> {
		const present = await connection.find((daytona) => daytona.get(name));
		if (present) {
			const state = toState(present);
			if (state === "error") await connection.find(() => present.delete(limits.deleteMs / 1000, true));
			const forMs = now() - Date.parse(present.updatedAt ?? "");
			return state === "started" && forMs > TAKE_OVER_AFTER_MS ? present : null;
		}
		try {
			return await connection.act((daytona) =>
				daytona.create(
					{
						name,
						image,
						user: USER,
						resources: deps.resources,
						labels: { ...deps.labels },
						autoStopInterval: 60,
						autoDeleteInterval: 60,
					},
					{ timeout: limits.baseMs / 1000 },
				),
			);
		} catch (error) {
			if (error instanceof SandboxError && error.code === "conflict") return null;
			throw error;
		}
	}

	async function fill(builder: Sandbox, tools: Tools): Promise<void> {
		await tools.install(builder);
		const url = `${deps.gatewayUrl()}/healthz`;
		const reached = await hands.call(
			builder.id,
			z.strictObject({ answers: z.boolean(), why: z.string().optional() }),
			{ act: "probe", url, withinMs: PROBE_WITHIN_MS },
			PROBE_WITHIN_MS,
		);
		if (reached.answers) return;
		throw new SandboxError(
			"unsupported",
			`A sandbox at Daytona cannot reach Bobbin at PUBLIC_URL (${deps.gatewayUrl()}: ${reached.why}). It must be reachable from the internet, and organisations of Daytona's first two tiers reach nothing but a few known hosts.`,
		);
	}

	return async (signal) => {
		if (ready === null) {
			const begun = build();
			ready = begun;
			begun.catch(() => {
				setTimeout(() => {
					if (ready === begun) ready = null;
				}, REST_MS).unref();
			});
		}
		return orCancelled(ready, signal);
	};
}

const hash = (...parts: string[]): string =>
	createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
