import type { Access } from "../../src/people/access.ts";

/** Where a test is not about who may do what: everybody may do everything. */
export const openAccess: Access = {
	permissionOf: async () => "write",
	allowed: async ({ repositoryIds }) => new Set(repositoryIds),
	forget: async () => {},
};
