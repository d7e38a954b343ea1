import type { StoredFile } from "../../model.ts";
import { CallError } from "../state/client.ts";
import { useDesk } from "../state/desk.ts";
import { explain } from "../state/explain.ts";
import { Icon } from "../ui/icon.tsx";
import { usePicture } from "./use-picture.ts";

const SHOWN_BYTES = 10_000_000;

/** A file of a message: a picture is shown, anything else can be downloaded. */
export function FileCard({ file }: { file: StoredFile }) {
	const { client, say } = useDesk();
	const isPicture = file.mimetype.startsWith("image/") && file.size < SHOWN_BYTES;

	const picture = usePicture(isPicture ? file.url_private : null);

	async function download(): Promise<void> {
		try {
			const url = URL.createObjectURL(await client.fetchFile(file.url_private_download));
			const link = document.createElement("a");
			link.href = url;
			link.download = file.name;
			link.click();
			setTimeout(() => URL.revokeObjectURL(url), 10_000);
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			say(explain(error));
		}
	}

	if (picture !== null) {
		return (
			<figure className="file-picture">
				<figcaption>{file.title}</figcaption>
				<img src={picture} alt={file.title} />
			</figure>
		);
	}
	return (
		<button type="button" className="file-card" onClick={() => void download()}>
			<span className="file-sign">
				<Icon name="file" size={22} />
			</span>
			<span>
				<strong>{file.title}</strong>
				<small>
					{file.filetype.toUpperCase()} · {formatBytes(file.size)}
				</small>
			</span>
		</button>
	);
}

function formatBytes(bytes: number): string {
	if (bytes < 1_000) return `${bytes} bytes`;
	if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
