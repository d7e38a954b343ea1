import type { SandboxAccess } from "../sandbox-access.ts";

/** Does what one tool is for; gives what the agent gets. @throws AppError, whose words the agent reads */
export type Tool = (
	request: Request,
	access: SandboxAccess,
	reread: () => Promise<SandboxAccess | null>,
) => Promise<object>;
