import { type ReactNode, useLayoutEffect, useRef } from "react";
import type { ShownMessage } from "../state/use-conversation.ts";
import { formatDay } from "../text/time.ts";
import { groupMessages } from "./group-messages.ts";
import { Message } from "./message.tsx";

const NEAR_END_PX = 120;

/** Messages, oldest first. It stays at the end while more come, unless somebody has scrolled up. */
export function MessageList(props: {
	shown: ShownMessage[];
	channel: string;
	/** The thread that is shown, or null for the channel itself. */
	thread: string | null;
	label: string;
	before?: ReactNode;
	after?: ReactNode;
}) {
	const { shown, channel, thread } = props;
	const box = useRef<HTMLDivElement>(null);
	const content = useRef<HTMLDivElement>(null);
	const isAtEnd = useRef(true);
	const place = `${channel}:${thread}`;

	// biome-ignore lint/correctness/useExhaustiveDependencies: another conversation begins at its end
	useLayoutEffect(() => {
		isAtEnd.current = true;
		const toEnd = () => {
			if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
		};
		toEnd();
		const sizes = new ResizeObserver(toEnd);
		if (content.current) sizes.observe(content.current);
		if (box.current) sizes.observe(box.current);
		return () => sizes.disconnect();
	}, [place]);

	const rows = groupMessages(shown, { daysToo: thread === null });
	const replies = shown.filter(({ isEphemeral }) => !isEphemeral).length - 1;
	return (
		<div
			ref={box}
			className="message-list"
			role="log"
			aria-label={props.label}
			onScroll={({ currentTarget: at }) => {
				isAtEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_END_PX;
			}}
		>
			<div ref={content}>
				{props.before}
				{rows.map((row, index) => (
					<div key={row.message.ts}>
						{row.newDay !== null && (
							<div className="day-line">
								<span>{formatDay(row.newDay, Date.now())}</span>
							</div>
						)}
						<Message row={row} channel={channel} isInThread={thread !== null} />
						{thread !== null && index === 0 && replies > 0 && (
							<div className="reply-line">
								<span>
									{replies} {replies === 1 ? "reply" : "replies"}
								</span>
							</div>
						)}
					</div>
				))}
				{props.after}
			</div>
		</div>
	);
}
