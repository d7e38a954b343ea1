import { z } from "zod";

/**
 * The requests that Daytona's API takes, of the routes in use, after its OpenAPI description (`openapi-specs/api.json`
 * and `toolbox.json` of github.com/daytona/clients, Apache-2.0). A field that it does not know is refused.
 */
const texts = z.record(z.string(), z.string());
const whole = z.int();
const buildInfo = z.strictObject({
	dockerfileContent: z.string().min(1),
	contextHashes: z.array(z.string()).optional(),
});

export const createSandbox = z.strictObject({
	name: z.string().min(1).optional(),
	snapshot: z.string().optional(),
	user: z.string().optional(),
	env: texts.optional(),
	labels: texts.optional(),
	public: z.boolean().optional(),
	networkBlockAll: z.boolean().optional(),
	networkAllowList: z.string().optional(),
	domainAllowList: z.string().optional(),
	target: z.string().optional(),
	cpu: whole.max(4).optional(),
	memory: whole.max(8).optional(),
	disk: whole.max(10).optional(),
	autoStopInterval: whole.min(0).optional(),
	autoArchiveInterval: whole.min(0).optional(),
	autoDeleteInterval: whole.optional(),
	ttlMinutes: whole.min(0).optional(),
	buildInfo: buildInfo.optional(),
});
export const listSandboxes = z.strictObject({
	cursor: z.string().optional(),
	limit: z.coerce.number().int().min(1).max(200).default(100),
	labels: z
		.string()
		.transform((text) => texts.parse(JSON.parse(text)))
		.optional(),
	states: z.string().optional(),
	name: z.string().optional(),
});
export const listSnapshots = z.strictObject({
	page: z.coerce.number().int().min(1).default(1),
	limit: z.coerce.number().int().min(1).max(200).default(100),
	name: z.string().optional(),
	sourceSandboxId: z.string().optional(),
});
export const networkSettings = z.strictObject({
	networkBlockAll: z.boolean().optional(),
	networkAllowList: z.string().optional(),
	domainAllowList: z.string().optional(),
});
export const stopSandbox = z.strictObject({ force: z.stringbool().optional() });
export const snapshotSandbox = z.strictObject({
	name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/),
	includeMemory: z.boolean().optional(),
});
export const forkSandbox = z.strictObject({ name: z.string().optional() });
export const execute = z.strictObject({
	command: z.string().min(1),
	cwd: z.string().optional(),
	envs: texts.optional(),
	timeout: whole.min(0).optional(),
});
export const createSession = z.strictObject({ sessionId: z.string().min(1) });
export const executeInSession = z.strictObject({
	command: z.string().min(1),
	runAsync: z.boolean().optional(),
	async: z.boolean().optional(),
	suppressInputEcho: z.boolean().optional(),
});
export const download = z.strictObject({ paths: z.array(z.string()).min(1) });
