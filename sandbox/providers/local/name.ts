import { SandboxError } from "../../provider.ts";

/** A sandbox's name is a folder's and a host's too. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function checkName(name: string): string {
	if (NAME.test(name)) return name;
	throw new SandboxError("invalid", "A sandbox's name is 1 to 63 small letters, digits and hyphens.");
}
