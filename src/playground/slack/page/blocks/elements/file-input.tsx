import type { FileInput as FileInputElement } from "@slack/types";
import { useState } from "react";
import { CallError } from "../../state/client.ts";
import { useDesk } from "../../state/desk.ts";
import { explain } from "../../state/explain.ts";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

/** Files for a dialog: they are uploaded when they are chosen, and shared with the app when it is submitted. */
export function FileInput(props: ElementProps<FileInputElement>) {
	const { element } = props;
	const { client, say } = useDesk();
	const { isLive, choose } = useElement(props);
	const [isSending, setSending] = useState(false);

	async function send(chosen: File[]): Promise<void> {
		setSending(true);
		try {
			const ids = await Promise.all(
				chosen.slice(0, element.max_files ?? 10).map((file) => client.upload(file)),
			);
			const done = await client.call<{ files: unknown[]; ok: boolean }>("files.completeUploadExternal", {
				files: ids.map((id) => ({ id })),
			});
			choose({ files: done.files });
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			say(explain(error));
		} finally {
			setSending(false);
		}
	}

	return (
		<input
			id={props.id}
			type="file"
			multiple={element.max_files !== 1}
			accept={element.filetypes?.map((type) => `.${type}`).join(",")}
			disabled={!isLive || isSending}
			onChange={(event) => void send([...(event.target.files ?? [])])}
		/>
	);
}
