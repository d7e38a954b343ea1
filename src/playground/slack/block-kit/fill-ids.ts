/** Gives every block and interactive element the identifier that Slack would give it where the app gave none. */
export function fillIds(blocks: unknown[], newId: () => string): unknown[] {
	return blocks.map((block) => {
		if (!isObject(block)) return block;
		const filled = fillActionIds(block, newId) as Record<string, unknown>;
		return { ...filled, block_id: block.block_id ?? newId() };
	});
}

const INTERACTIVE =
	/^(button|checkboxes|radio_buttons|datepicker|datetimepicker|timepicker|overflow|(multi_)?(static|external|users|conversations|channels)_select|plain_text_input|email_text_input|url_text_input|number_input|rich_text_input|file_input|feedback_buttons|icon_button|workflow_button)$/;

function fillActionIds(value: unknown, newId: () => string): unknown {
	if (Array.isArray(value)) return value.map((item) => fillActionIds(item, newId));
	if (!isObject(value)) return value;
	const filled = Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [key, fillActionIds(inner, newId)]),
	);
	if (typeof value.type === "string" && INTERACTIVE.test(value.type)) filled.action_id ??= newId();
	return filled;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
