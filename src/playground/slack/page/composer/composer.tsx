import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { EmojiButton } from "../conversation/emoji-button.tsx";
import { useDesk } from "../state/desk.ts";
import { placeKey } from "../state/types.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { Icon } from "../ui/icon.tsx";
import { findOpenWord, type Suggestion, suggest } from "./completion.ts";
import { CompletionList } from "./completion-list.tsx";
import { FileChips } from "./file-chips.tsx";
import { sendMessage } from "./send-message.ts";
import { useDraft } from "./use-draft.ts";
import { useLinkNotice } from "./use-link-notice.ts";

/** Where messages are written: Enter sends, Shift+Enter begins a line, `@ # : /` offer names. */
export function Composer(props: { channel: string; thread: string | null; placeholder: string }) {
	const { channel, thread } = props;
	const desk = useDesk();
	const attempt = useAttempt();
	const field = useRef<HTMLTextAreaElement>(null);
	const picker = useRef<HTMLInputElement>(null);
	/** Where the cursor belongs once the new text is in the field; by itself it would go to the end. */
	const goTo = useRef<number | null>(null);
	const listId = useId();
	const { draft, change } = useDraft(placeKey(channel, thread));
	const [isSending, setSending] = useState(false);
	const [isBroadcast, setBroadcast] = useState(false);
	const [cursor, setCursor] = useState(0);
	const [at, setAt] = useState(0);
	const [isDismissed, setDismissed] = useState(false);
	const { text, files } = draft;
	useLinkNotice(desk.client, text);

	const word = isDismissed ? null : findOpenWord(text, cursor);
	const suggestions = word === null ? [] : suggest(word, desk);
	const chosen = suggestions[Math.min(at, suggestions.length - 1)];

	// biome-ignore lint/correctness/useExhaustiveDependencies: the field grows with what is in it
	useLayoutEffect(() => {
		const element = field.current;
		if (element === null) return;
		element.style.blockSize = "auto";
		element.style.blockSize = `${Math.min(element.scrollHeight, 260)}px`;
		if (goTo.current !== null) element.setSelectionRange(goTo.current, goTo.current);
		goTo.current = null;
	}, [text, channel, thread]);

	function put(next: string, nextCursor: number): void {
		change({ text: next });
		setCursor(nextCursor);
		goTo.current = nextCursor;
		field.current?.focus();
	}

	function complete(suggestion: Suggestion): void {
		if (word === null) return;
		if (suggestion.shortcut !== undefined) {
			const opening = { callback_id: suggestion.shortcut };
			put("", 0);
			void attempt(() => desk.client.post("shortcut", opening));
			return;
		}
		const start = `${text.slice(0, word.start)}${suggestion.insert} `;
		put(start + text.slice(cursor).replace(/^ /, ""), start.length);
		setAt(0);
	}

	function insert(piece: string): void {
		const here = field.current?.selectionStart ?? text.length;
		put(text.slice(0, here) + piece + text.slice(here), here + piece.length);
		setDismissed(false);
	}

	async function send(): Promise<void> {
		if (isSending || (text.trim() === "" && files.length === 0)) return;
		setSending(true);
		const whole = { channel, thread, text: text.trim(), files, isBroadcast };
		if (await attempt(() => sendMessage(desk.client, whole, [...desk.people.values()]))) {
			change({ text: "", files: [] });
			setBroadcast(false);
		}
		setSending(false);
		field.current?.focus();
	}

	function onKeyDown(event: KeyboardEvent): void {
		if (event.nativeEvent.isComposing) return;
		const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
		if (chosen !== undefined && step !== 0) setAt((at + step + suggestions.length) % suggestions.length);
		else if (chosen !== undefined && (event.key === "Tab" || (event.key === "Enter" && !isWhole(chosen))))
			complete(chosen);
		else if (chosen !== undefined && event.key === "Escape") setDismissed(true);
		else if (event.key === "Enter" && !event.shiftKey) void send();
		else return;
		event.preventDefault();
	}

	/** Nothing is left to complete: Enter sends. */
	function isWhole(suggestion: Suggestion): boolean {
		return word !== null && suggestion.insert === text.slice(word.start, cursor);
	}

	function attach(list: FileList | null): void {
		if (list !== null && list.length > 0) change({ files: [...files, ...list].slice(0, 10) });
	}

	return (
		<form
			className="composer"
			aria-label={props.placeholder}
			onSubmit={(event) => {
				event.preventDefault();
				void send();
			}}
			onDragOver={(event) => event.preventDefault()}
			onDrop={(event) => {
				event.preventDefault();
				attach(event.dataTransfer.files);
			}}
		>
			{suggestions.length > 0 && (
				<CompletionList
					id={listId}
					suggestions={suggestions}
					at={Math.min(at, suggestions.length - 1)}
					onChoose={complete}
				/>
			)}
			<textarea
				ref={field}
				rows={1}
				aria-label={props.placeholder}
				aria-autocomplete="list"
				aria-controls={suggestions.length > 0 ? listId : undefined}
				aria-activedescendant={chosen === undefined ? undefined : `${listId}-${at}`}
				placeholder={props.placeholder}
				value={text}
				onChange={(event) => {
					change({ text: event.target.value });
					setCursor(event.target.selectionStart);
					setDismissed(false);
					setAt(0);
				}}
				onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
				onKeyDown={onKeyDown}
				onPaste={(event) => attach(event.clipboardData.files)}
			/>
			<FileChips files={files} onRemove={(file) => change({ files: files.filter((one) => one !== file) })} />
			{thread !== null && (
				<label className="broadcast">
					<input type="checkbox" checked={isBroadcast} onChange={() => setBroadcast(!isBroadcast)} /> Also
					send to the channel
				</label>
			)}
			<div className="composer-tools">
				<input
					ref={picker}
					type="file"
					multiple
					hidden
					aria-label="Files to attach"
					onChange={(event) => {
						attach(event.target.files);
						event.target.value = "";
					}}
				/>
				<button
					type="button"
					className="icon-button"
					aria-label="Attach a file"
					title="Attach a file"
					onClick={() => picker.current?.click()}
				>
					<Icon name="plus" />
				</button>
				<EmojiButton label="Emoji" side="above" onChoose={(name) => insert(`:${name}: `)} />
				<button
					type="button"
					className="icon-button"
					aria-label="Mention somebody"
					title="Mention somebody"
					onClick={() => insert("@")}
				>
					<Icon name="at" />
				</button>
				<button
					type="button"
					className="icon-button"
					aria-label="Run a command"
					title="Run a command"
					onClick={() => put("/", 1)}
				>
					<Icon name="slash" />
				</button>
				<button
					type="submit"
					className="send-button"
					aria-label="Send"
					disabled={isSending || (text.trim() === "" && files.length === 0)}
				>
					<Icon name="send" size={16} />
				</button>
			</div>
		</form>
	);
}
