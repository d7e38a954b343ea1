import { z } from "zod";

/** Text of at most `max` characters; Slack refuses empty text unless told otherwise. */
export function text(max: number, min = 1): z.ZodString {
	return z
		.string()
		.min(min, `must be more than ${min - 1} characters`)
		.max(max, `must be less than ${max + 1} characters`);
}

export function plain(max: number, min = 1) {
	return z.strictObject({
		type: z.literal("plain_text"),
		text: text(max, min),
		emoji: z.boolean().optional(),
	});
}

export function mrkdwn(max: number, min = 1) {
	return z.strictObject({
		type: z.literal("mrkdwn"),
		text: text(max, min),
		verbatim: z.boolean().optional(),
	});
}

export function plainOrMrkdwn(max: number, min = 1) {
	return z.discriminatedUnion("type", [plain(max, min), mrkdwn(max, min)]);
}

/** Identifiers that an app chooses: `block_id`, `action_id`, `callback_id`. */
export const identifier = text(255);

export const webAddress = text(3000).refine(
	(address) => /^(https?|mailto|slack|tel):/i.test(address) && URL.canParse(address),
	"must be a valid URL",
);

export const colorScheme = z.enum(["primary", "danger"]);

export const confirm = z.strictObject({
	title: plain(100).optional(),
	text: plainOrMrkdwn(300),
	confirm: plain(30).optional(),
	deny: plain(30).optional(),
	style: colorScheme.optional(),
});

const slackFile = z
	.strictObject({
		id: z
			.string()
			.regex(/^F[A-Z0-9]{8,}$/, "input must match regex pattern: ^[F][A-Z0-9]{8,}$")
			.optional(),
		url: z.string().optional(),
	})
	.refine((file) => (file.id === undefined) !== (file.url === undefined), "needs either id or url");

/** The two ways to name a picture; {@link exactlyOneImage} checks that one of them is used. */
export const imageSource = { image_url: webAddress.optional(), slack_file: slackFile.optional() };

export function exactlyOneImage(image: { image_url?: unknown; slack_file?: unknown }): boolean {
	return (image.image_url === undefined) !== (image.slack_file === undefined);
}

export const NEEDS_ONE_IMAGE = "needs either image_url or slack_file";

export const imageElement = z
	.strictObject({ type: z.literal("image"), alt_text: text(2000, 0), ...imageSource })
	.refine(exactlyOneImage, NEEDS_ONE_IMAGE);
