import type { Message } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { emojiSign } from "../text/emoji.ts";
import { Icon } from "../ui/icon.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { Popup } from "../ui/popup.tsx";
import { useToggle } from "../ui/use-toggle.ts";
import { EmojiButton } from "./emoji-button.tsx";
import { ForwardDialog } from "./forward-dialog.tsx";
import { toggleReaction } from "./toggle-reaction.ts";
import { useOpenThread } from "./use-open-thread.ts";

const QUICK = ["white_check_mark", "eyes", "raised_hands"];

/** The bar that appears over a message: reactions, reply, and what else can be done. */
export function MessageActions(props: {
	message: Message;
	channel: string;
	isInThread: boolean;
	onEdit: () => void;
}) {
	const { message, channel } = props;
	const { client, workspace, say } = useDesk();
	const attempt = useAttempt();
	const openThread = useOpenThread();
	const more = useToggle();
	const forwarding = useToggle();
	const { me, app } = workspace;
	const react = (name: string) =>
		void attempt(() => toggleReaction(client, { channel, message, name, myId: me.id }));

	const shortcuts: MenuItem[] = app.shortcuts
		.filter((shortcut) => app.installed && shortcut.type === "message")
		.map((shortcut) => ({
			key: shortcut.callback_id,
			label: shortcut.name,
			detail: app.name,
			onChoose() {
				more.close();
				const on = { channel, ts: message.ts };
				void attempt(() => client.post("shortcut", { callback_id: shortcut.callback_id, message: on }));
			},
		}));
	const own: MenuItem[] = [
		{
			key: "edit",
			label: "Edit message",
			onChoose() {
				more.close();
				props.onEdit();
			},
		},
		{
			key: "delete",
			label: "Delete message",
			danger: true,
			onChoose() {
				more.close();
				void attempt(() => client.call("chat.delete", { channel, ts: message.ts }));
			},
		},
	];
	const items: MenuItem[] = [
		{
			key: "link",
			label: "Copy link",
			onChoose() {
				more.close();
				void copyLink();
			},
		},
		{
			key: "forward",
			label: "Forward message",
			onChoose() {
				more.close();
				forwarding.toggle();
			},
		},
		...shortcuts,
		...(message.user === me.id ? own : []),
	];

	async function copyLink(): Promise<void> {
		await attempt(async () => {
			const at = { channel, message_ts: message.ts };
			const { permalink } = await client.call<{ permalink: string }>("chat.getPermalink", at);
			await navigator.clipboard.writeText(permalink).then(
				() => say("Link copied."),
				() => say(permalink),
			);
		});
	}

	return (
		<div
			className={`message-actions ${more.isOpen || forwarding.isOpen ? "is-open" : ""}`}
			role="toolbar"
			aria-label="Message actions"
		>
			{QUICK.map((name) => (
				<button
					key={name}
					type="button"
					className="icon-button"
					aria-label={`React with ${name}`}
					title={`:${name}:`}
					onClick={() => react(name)}
				>
					{emojiSign(name)}
				</button>
			))}
			<EmojiButton label="Find another reaction" onChoose={react} />
			{!props.isInThread && (
				<button
					type="button"
					className="icon-button"
					aria-label="Reply in thread"
					title="Reply in thread"
					onClick={() => openThread(channel, message.thread_ts ?? message.ts)}
				>
					<Icon name="reply" />
				</button>
			)}
			<button
				ref={more.anchor}
				type="button"
				className="icon-button"
				aria-label="More actions"
				aria-haspopup="menu"
				aria-expanded={more.isOpen}
				onClick={more.toggle}
			>
				<Icon name="more" />
			</button>
			{forwarding.isOpen && <ForwardDialog message={message} channel={channel} onClose={forwarding.close} />}
			{more.isOpen && (
				<Popup anchor={more.anchor} onClose={more.close} align="end">
					<Menu label="More message actions" items={items} />
				</Popup>
			)}
		</div>
	);
}
