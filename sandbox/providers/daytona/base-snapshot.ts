import type { Sandbox } from "@daytona/sdk";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import { orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import type { DaytonaLog, Limits, Places, ToolSources } from "./daytona-provider-deps.ts";
import type { HandsClient } from "./hands-client.ts";
import type { Snapshots } from "./snapshots.ts";
import { hashTools, listTools, withArchive } from "./tools-archive.ts";

export const BASE_PREFIX = "bobbin-base-";
/** After a failure nothing is built for this time: every creation would try again, and all of an organisation share its limits. */
const REST_MS = 60_000;
const PROBE_WITHIN_MS = 10_000;
const UPLOAD = "/tmp/bobbin-tools.tar.gz";

interface BaseDeps {
	connection: Connection;
	snapshots: Snapshots;
	hands: HandsClient;
	tools: ToolSources;
	places: Places;
	image: string;
	resources: { cpu: number; memory: number; disk: number };
	labels: Record<string, string>;
	gatewayUrl: () => string;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
}

/**
 * The snapshot that new sandboxes begin with: a public image with our user and our tools. Its name tells its content, so
 * it is built once for all, by whoever comes first: from the image a sandbox, into it the tools, of it a snapshot.
 */
export function createBaseSnapshot(deps: BaseDeps): (signal?: AbortSignal) => Promise<string> {
	const { connection, snapshots, hands, places, limits, log, now } = deps;
	let ready: Promise<string> | null = null;

	const dockerfile = [
		// The user that a Debian image brings may have the number, but not the name.
		`RUN useradd --create-home --home-dir ${places.home} --shell /bin/bash agent && mkdir -p ${places.tools} && chown agent ${places.tools}`,
		`USER agent`,
		`WORKDIR ${places.home}`,
	];

	async function build(): Promise<string> {
		const files = await listTools(deps.tools);
		const key = await hashTools(files, JSON.stringify([deps.image, dockerfile, deps.resources, places]));
		const name = `${BASE_PREFIX}${key}`;
		try {
			await snapshots.makeReady(name);
			return name;
		} catch (error) {
			// One that failed is made again as well.
			if (!(error instanceof SandboxError) || !["not_found", "unavailable"].includes(error.code)) throw error;
			if (error.code === "unavailable") await snapshots.remove(name);
		}
		log.info(
			{ snapshot: name, image: deps.image },
			"building the base snapshot at Daytona (some minutes, once)",
		);
		const beganMs = now();
		const builder = await openBuilder(`${name}-builder`);
		if (builder === null) {
			await snapshots.waitFor(name, limits.baseMs);
			return name;
		}
		try {
			await fill(builder, files);
			await snapshots.take(builder.id, name);
		} finally {
			await connection
				.ask(() => builder.delete())
				.catch((err) => log.warn({ err, sandbox: builder.name }, "the builder could not be deleted"));
		}
		log.info({ snapshot: name, tookMs: now() - beganMs }, "the base snapshot is ready");
		return name;
	}

	/** null: another instance is at it. A builder that is older than a build may take belonged to one that died. */
	async function openBuilder(name: string): Promise<Sandbox | null> {
		for (let attempt = 1; ; attempt++) {
			try {
				const { Image } = await import("@daytona/sdk");
				const image = Image.base(deps.image).dockerfileCommands(dockerfile);
				return await connection.act((daytona) =>
					daytona.create(
						{
							name,
							image,
							resources: deps.resources,
							labels: { ...deps.labels },
							autoStopInterval: 60,
							autoDeleteInterval: 60,
						},
						{ timeout: limits.baseMs / 1000 },
					),
				);
			} catch (error) {
				if (!(error instanceof SandboxError) || error.code !== "conflict" || attempt === 3) throw error;
			}
			const present = await connection.find((daytona) => daytona.get(name));
			if (present) {
				if (now() - Date.parse(present.createdAt ?? "") < limits.baseMs) return null;
				await connection.ask(() => present.delete(limits.deleteMs / 1000, true));
			}
			await pause(limits.pollMs);
		}
	}

	async function fill(builder: Sandbox, files: Awaited<ReturnType<typeof listTools>>): Promise<void> {
		await withArchive(files, (archive) => connection.act(() => builder.fs.uploadFileStream(archive, UPLOAD)));
		const steps = [
			`mkdir -p ${places.tools}`,
			`tar -xzf ${UPLOAD} -C ${places.tools}`,
			`rm -f ${UPLOAD}`,
			`chmod -R a-w ${places.tools}`,
		];
		const { exitCode, result } = await connection.act(() =>
			builder.process.executeCommand(`bash -c "${steps.join(" && ")}"`, "/", undefined, 300),
		);
		if (exitCode !== 0) {
			throw new SandboxError(
				"unavailable",
				`The tools could not be put into ${deps.image}: ${result.slice(-300)}`,
			);
		}
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
