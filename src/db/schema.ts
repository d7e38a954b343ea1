import type { PeopleSchema } from "./schema/people.ts";
import type { PromptsSchema } from "./schema/prompts.ts";
import type { PullRequestsSchema } from "./schema/pull-requests.ts";
import type { RepositoriesSchema } from "./schema/repositories.ts";
import type { RunningSchema } from "./schema/running.ts";
import type { SandboxesSchema } from "./schema/sandboxes.ts";
import type { SessionsSchema } from "./schema/sessions.ts";
import type { SlackSchema } from "./schema/slack.ts";
import type { SpendingSchema } from "./schema/spending.ts";

/** Every table, told apart by what it is about in `schema/`. */
export interface Schema
	extends PeopleSchema,
		PromptsSchema,
		PullRequestsSchema,
		RepositoriesSchema,
		RunningSchema,
		SandboxesSchema,
		SessionsSchema,
		SlackSchema,
		SpendingSchema {}
