import { useEffect, useState } from "react";
import { useDesk } from "../state/desk.ts";

/** A picture of the workspace's files as an address for `<img>`; null: it is not there, or not yet. */
export function usePicture(url: string | null): string | null {
	const { client } = useDesk();
	const [picture, setPicture] = useState<string | null>(null);

	useEffect(() => {
		if (url === null) return;
		let address: string | null = null;
		let isGone = false;
		client.fetchFile(url).then(
			(blob) => {
				if (isGone || !blob.type.startsWith("image/")) return;
				address = URL.createObjectURL(blob);
				setPicture(address);
			},
			// Without its picture it is a file like any other.
			() => setPicture(null),
		);
		return () => {
			isGone = true;
			if (address !== null) URL.revokeObjectURL(address);
		};
	}, [client, url]);
	return picture;
}
